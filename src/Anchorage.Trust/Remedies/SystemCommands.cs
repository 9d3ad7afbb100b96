namespace Anchorage.Trust;

/// <summary>The commands that people type on each family of systems. What the doctor runs itself is in the Repair folder.</summary>
internal static class SystemCommands
{
    /// <summary>Brings the system's list of public roots up to date, or installs it.</summary>
    public static IReadOnlyList<string> RefreshRoots(SystemFamily family, bool isMissing) => family switch
    {
        SystemFamily.Debian => ["sudo apt-get update", isMissing ? "sudo apt-get install ca-certificates" : "sudo apt-get install --only-upgrade ca-certificates"],
        SystemFamily.RedHat => [isMissing ? "sudo dnf install ca-certificates" : "sudo dnf upgrade ca-certificates"],
        SystemFamily.Suse => [isMissing ? "sudo zypper install ca-certificates ca-certificates-mozilla" : "sudo zypper update ca-certificates-mozilla"],
        SystemFamily.Alpine => [isMissing ? "apk add ca-certificates" : "apk add --upgrade ca-certificates ca-certificates-bundle"],
        SystemFamily.Arch => ["sudo pacman -Syu ca-certificates"],
        SystemFamily.MacOS => ["softwareupdate --list"],
        SystemFamily.Windows => ["certutil -generateSSTFromWU roots.sst", "certutil -addstore -f Root roots.sst"],
        _ => [],
    };

    /// <summary>Installs a company root into the system's store.</summary>
    public static IReadOnlyList<string> InstallRoot(SystemFamily family) => family switch
    {
        SystemFamily.Debian => ["sudo install -m 0644 company-root.crt /usr/local/share/ca-certificates/company-root.crt", "sudo update-ca-certificates"],
        SystemFamily.Alpine => ["install -m 0644 company-root.crt /usr/local/share/ca-certificates/company-root.crt", "update-ca-certificates"],
        SystemFamily.RedHat => ["sudo install -m 0644 company-root.crt /etc/pki/ca-trust/source/anchors/company-root.crt", "sudo update-ca-trust"],
        SystemFamily.Suse => ["sudo install -m 0644 company-root.crt /etc/pki/trust/anchors/company-root.crt", "sudo update-ca-certificates"],
        SystemFamily.Arch => ["sudo trust anchor --store company-root.crt"],
        SystemFamily.MacOS => ["sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain company-root.crt"],
        SystemFamily.Windows => ["certutil -addstore -f Root company-root.crt"],
        _ => [],
    };

    /// <summary>Lets the clock follow a time server.</summary>
    public static IReadOnlyList<string> SetClock(SystemFamily family) => family switch
    {
        SystemFamily.Windows => ["w32tm /resync"],
        SystemFamily.MacOS => ["sudo sntp -sS time.apple.com"],
        SystemFamily.Alpine => ["rc-service ntpd restart"],
        _ => ["sudo timedatectl set-ntp true"],
    };

    /// <summary>Whether <c>--fix</c> can change the system's store of this family.</summary>
    public static bool CanRepairStore(SystemFamily family) => family != SystemFamily.Unknown;
}
