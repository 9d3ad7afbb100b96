// From what is installed and what is set to what a client really does: its anchors, the setting that chose them, whether
// it verifies at all, its proxy, its rules. Pure, and the heart of the doctor: it must equal what the clients were
// measured to do, row by row.

namespace Anchorage.Trust;

internal static class EffectiveTrust
{
    /// <summary>What a client does with a target.</summary>
    public static ClientFacts Of(InstalledClient client, ClientSettings settings, SystemTrust system, Uri target)
    {
        var facts = new ClientFacts
        {
            Id = IdOf(client),
            Kind = client.Kind,
            Version = client.Version,
            Path = client.Path,
            Python = client.Python,
            IsDebianPatched = client.IsDebianPatched,
        };
        return client.Kind switch
        {
            ClientKind.Pip or ClientKind.Pipenv => PipTrust.Of(facts, client, settings, system, target),
            ClientKind.Requests => PythonTrust.OfRequests(facts, client, settings, system, target),
            ClientKind.Twine => PythonTrust.OfTwine(facts, client, settings, system, target),
            ClientKind.Poetry => PythonTrust.OfPoetry(facts, client, settings, system, target),
            ClientKind.Pdm => PythonTrust.OfPdm(facts, client, settings, system, target),
            ClientKind.Conda => PythonTrust.OfConda(facts, client, settings, system, target),
            ClientKind.Httpx => PythonTrust.OfHttpx(facts, client, settings, system, target),
            ClientKind.Urllib => PythonTrust.OfUrllib(facts, client, settings, system, target),
            ClientKind.Uv => NativeTrust.OfUv(facts, client, settings, system, target),
            ClientKind.Curl => NativeTrust.OfCurl(facts, settings, system, target),
            ClientKind.Wget => NativeTrust.OfWget(facts, settings, system, target),
            ClientKind.Git => NativeTrust.OfGit(facts, settings, system, target),
            ClientKind.Node => NativeTrust.OfNode(facts, client, settings, system, target),
            _ => facts,
        };
    }

    private static string IdOf(InstalledClient client)
    {
        var name = client.Kind.ToString().ToLowerInvariant();
        return $"{(client.Version is null ? name : $"{name} {client.Version}")} ({client.Python?.Path ?? client.Path})";
    }

    /// <summary>A false in one of the spellings that programs take for it.</summary>
    public static bool IsFalse(string value) => value.Trim().ToLowerInvariant() is "false" or "0" or "no" or "off" or "n" or "f";

    /// <summary>A true in one of the spellings that programs take for it.</summary>
    public static bool IsTrue(string value) => value.Trim().ToLowerInvariant() is "true" or "1" or "yes" or "on" or "y" or "t";
}
