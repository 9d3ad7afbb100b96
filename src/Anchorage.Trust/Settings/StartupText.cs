// What runs at every start of Python: lines of .pth files that begin with "import", sitecustomize.py, usercustomize.py
// (Python docs, "site"). Looked at for what changes TLS.

namespace Anchorage.Trust;

/// <summary>A line that changes Python's TLS at start.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Text">The line, at most 200 characters.</param>
/// <param name="IsUnverified">It switches verification off.</param>
/// <param name="BreaksTruststore">It puts the truststore package of site-packages in the place of ssl.SSLContext.</param>
internal sealed record StartupLine(int Line, string Text, bool IsUnverified, bool BreaksTruststore);

internal static class StartupText
{
    public static IReadOnlyList<StartupLine> Find(string text, bool isPth)
    {
        var found = new List<StartupLine>();
        var number = 0;
        foreach (var line in TextLines.Of(text))
        {
            if (++number > 5_000 || found.Count > 50)
                break;
            var content = line.Trim();
            // Other lines of a .pth are folders.
            if (content.Length == 0 || content[0] == '#' || (isPth && !content.StartsWith("import ", StringComparison.Ordinal) && !content.StartsWith("import\t", StringComparison.Ordinal)))
                continue;
            var isUnverified = content.Contains("_create_unverified_context", StringComparison.Ordinal) || content.Contains("CERT_NONE", StringComparison.Ordinal);
            var isInjection = content.Contains("inject_into_ssl", StringComparison.Ordinal);
            var isOther = content.Contains("pip_system_certs", StringComparison.Ordinal) || content.Contains("certifi_win32", StringComparison.Ordinal) || content.Contains("ssl.SSLContext =", StringComparison.Ordinal);
            if (isUnverified || isInjection || isOther)
            {
                found.Add(new StartupLine(number, content.Length > 200 ? content[..200] : content, isUnverified,
                    isInjection && !content.Contains("pip._vendor", StringComparison.Ordinal)));
            }
        }
        return found;
    }
}
