using System.Text.RegularExpressions;

namespace Anchorage.Doctor.Tests.Laboratory;

/// <summary>The pips of this machine, with their versions.</summary>
internal static partial class LabClients
{
    public static IReadOnlyList<LabClient> All { get; } = [.. PythonInstallations.Clients.Select(pip => new LabClient(pip, VersionOf(pip)))];

    /// <summary>Of each generation that behaves differently, one: what a run has time for on every change.</summary>
    public static IReadOnlyList<LabClient> Sample
    {
        get
        {
            string Generation(LabClient client) => client switch
            {
                { Python.Major: 2 } => "Python 2",
                { PipVersion.Major: < 20 } => "before TLS to proxies",
                { UsesTruststore: true, PipVersion: var pip } when pip < new Version(25, 2) => "truststore without proxies",
                { UsesTruststore: true, PipVersion: var pip } when pip < new Version(26, 1) => "truststore, fails on addresses",
                { UsesTruststore: true } => "truststore",
                _ when client.Pip.Name.Contains("system", StringComparison.Ordinal) => "Debian's",
                { PipVersion: var pip } when pip >= new Version(24, 2) => "new pip, old Python",
                _ => "certifi",
            };
            return [.. All.GroupBy(Generation).Select(group => group.Last())];
        }
    }

    private static Version VersionOf(PipClient pip)
    {
        if (pip.PipWheel is { } wheel)
            return Version.Parse(Path.GetFileName(wheel).Split('-')[1]);
        var lib = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(pip.Python))!, "lib");
        return Directory.EnumerateDirectories(lib, "python*")
            .Where(folder => Path.GetFileName(folder) == $"python{pip.PythonVersion.ToString(2)}" || Path.GetFileName(folder) == $"python{pip.PythonVersion.Major}")
            .SelectMany(folder => (string[])[Path.Combine(folder, "site-packages"), Path.Combine(folder, "dist-packages")])
            .Where(Directory.Exists)
            .SelectMany(Directory.EnumerateDirectories)
            .Select(folder => PipMetadata().Match(Path.GetFileName(folder)))
            .Where(match => match.Success)
            .Select(match => Version.Parse(match.Groups[1].Value))
            .First();
    }

    [GeneratedRegex(@"^pip-(\d+(?:\.\d+)+)(?:\.dist-info|-py[\d.]+\.egg-info|\.egg-info)$")]
    private static partial Regex PipMetadata();
}
