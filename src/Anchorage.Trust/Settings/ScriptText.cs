// Lines of scripts, Dockerfiles, CI files and shell profiles that switch verification off. A search for words, which is all
// that can be done with a programming language from outside: what it finds is real text in a real line, what it does not
// find may still be there.

using System.Text.RegularExpressions;

namespace Anchorage.Trust;

/// <summary>One such place.</summary>
internal sealed record ScriptFinding(ClientKind Kind, string Name, string Value, int Line, UnsafeEffect Effect, string? Host);

internal static partial class ScriptText
{
    /// <summary>What is read of a file: scripts are small, and the search is quadratic in a line at worst.</summary>
    public const int MaxFile = 512 << 10;

    private const int MaxLines = 20_000;
    private const int MaxLine = 1_000;
    private const int MaxFindings = 200;

    public static IReadOnlyList<ScriptFinding> Find(string text)
    {
        var found = new List<ScriptFinding>();
        var number = 0;
        foreach (var whole in TextLines.Of(text))
        {
            if (++number > MaxLines || found.Count > MaxFindings)
                break;
            var line = whole.Length > MaxLine ? whole[..MaxLine] : whole;
            if (line.TrimStart().StartsWith('#') || !Suspicious().IsMatch(line))
                continue;
            foreach (Match match in TrustedHostOption().Matches(line))
                found.Add(new ScriptFinding(ClientKind.Pip, match.Groups[1].Value, match.Groups[2].Value, number, EffectOf(match.Groups[2].Value), match.Groups[2].Value));
            foreach (Match match in Switch().Matches(line))
            {
                var words = match.Value.Trim();
                found.Add(new ScriptFinding(KindOf(words), words.Split([' ', '=', ':'], 2)[0].Trim('"', '\''), words, number, UnsafeEffect.VerificationOff, null));
            }
            // Set to nothing: old requests takes that for "do not verify".
            if (EmptyBundle().IsMatch(line))
                found.Add(new ScriptFinding(ClientKind.Pip, "CURL_CA_BUNDLE", "", number, UnsafeEffect.VerificationOff, null));
            foreach (Match match in PlainIndex().Matches(line))
                found.Add(new ScriptFinding(ClientKind.Pip, match.Groups[1].Value, SafeUrl.WithoutCredentials(match.Groups[2].Value), number, UnsafeEffect.PlainHttp, null));
        }
        return found;
    }

    private static UnsafeEffect EffectOf(string host) => host == "*" ? UnsafeEffect.PlainHttp : UnsafeEffect.VerificationOff;

    private static ClientKind KindOf(string words) => words switch
    {
        _ when words.Contains("GIT_SSL", StringComparison.Ordinal) || words.Contains("sslverify", StringComparison.OrdinalIgnoreCase) => ClientKind.Git,
        _ when words.Contains("NODE_TLS", StringComparison.Ordinal) || words.Contains("strict-ssl", StringComparison.Ordinal) => ClientKind.Node,
        _ when words.Contains("UV_INSECURE", StringComparison.Ordinal) || words.Contains("allow-insecure-host", StringComparison.Ordinal) => ClientKind.Uv,
        _ when words.Contains("CONDA", StringComparison.Ordinal) || words.Contains("ssl_verify", StringComparison.Ordinal) => ClientKind.Conda,
        _ when words.Contains("check-certificate", StringComparison.Ordinal) => ClientKind.Wget,
        _ when words.Contains("PYTHONHTTPSVERIFY", StringComparison.Ordinal) || words.Contains("_create_unverified_context", StringComparison.Ordinal) => ClientKind.Urllib,
        _ when words.Contains("POETRY", StringComparison.OrdinalIgnoreCase) || words.Contains("certificates.", StringComparison.Ordinal) => ClientKind.Poetry,
        _ when words.Contains("verify", StringComparison.Ordinal) => ClientKind.Requests,
        _ => ClientKind.Curl,
    };

    [GeneratedRegex("trusted.host|ssl|certificate|insecure|curl|CURL_CA|verif|http://", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Suspicious();

    [GeneratedRegex(@"(--trusted-host|PIP_TRUSTED_HOST|global\.trusted-host|install\.trusted-host)[=:\s]+[""']?([A-Za-z0-9.*:\[\]_-]+)", RegexOptions.CultureInvariant)]
    private static partial Regex TrustedHostOption();

    [GeneratedRegex(
        @"\bGIT_SSL_NO_VERIFY\b[""']?[=:\s]+[""']?\w+|\bhttp\.(?:\S*\.)?sslVerify[\s=]+[""']?(?:false|0|no|off)|\bNODE_TLS_REJECT_UNAUTHORIZED[""']?[=:\s]+[""']?0" +
        @"|\bstrict-ssl[\s=]+[""']?false|\bUV_INSECURE_HOST[""']?[=:\s]+[""']?\S+|--allow-insecure-host[\s=]+\S+|\b(?:CONDA_SSL_VERIFY|ssl_verify)[""']?[=:\s]+[""']?(?:false|no|0)" +
        @"|--no-check-certificate\b|\bPYTHONHTTPSVERIFY[""']?[=:\s]+[""']?0|\b_create_unverified_context\b|\bcertificates\.\S+\.cert[\s=]+false|\bcurl\b[^|;&]*\s(?:--insecure|-k|-[a-zA-Z]*k[a-zA-Z]*)\b" +
        @"|\bverify\s*=\s*False\b|\bverify_ssl\s*=\s*false\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Switch();

    [GeneratedRegex(@"\bCURL_CA_BUNDLE[""']?\s*[=:]\s*(?:""""|'')?\s*(?:$|[;&#\\]|\s)", RegexOptions.CultureInvariant)]
    private static partial Regex EmptyBundle();

    [GeneratedRegex(@"(--index-url|--extra-index-url|-i|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL)[=:\s]+[""']?(http://[^\s""']+)", RegexOptions.CultureInvariant)]
    private static partial Regex PlainIndex();
}
