using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A license expression (PEP 639; SPDX specification, annex "SPDX license expressions"): identifiers of the SPDX list or
/// <c>LicenseRef-…</c>, joined by AND, OR and WITH. It exists only when valid, and prints with the list's capitals.
/// </summary>
public sealed class LicenseExpression : IEquatable<LicenseExpression>
{
    /// <summary>The longest text accepted, in characters.</summary>
    public const int MaxLength = 16_384;

    private const string ReferencePrefix = "LicenseRef-";

    /// <summary>Deeper nesting than any real expression.</summary>
    private const int MaxDepth = 100;

    private readonly string text;

    private LicenseExpression(string text, IReadOnlyList<string> licenses)
    {
        this.text = text;
        Licenses = licenses;
    }

    /// <summary>The licenses named, in order, each once, with <c>+</c> and without exceptions: <c>GPL-2.0-or-later</c>, <c>MIT</c>.</summary>
    public IReadOnlyList<string> Licenses { get; }

    /// <summary>Parses an expression in any case; <paramref name="problem"/> says in one sentence what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out LicenseExpression? expression, [NotNullWhen(false)] out string? problem)
    {
        expression = null;
        if (text.Length > MaxLength)
        {
            problem = $"The license expression has {text.Length} characters; at most {MaxLength} are read.";
            return false;
        }
        var parser = new Parser(text);
        problem = parser.Run();
        if (problem is not null)
            return false;
        expression = new LicenseExpression(parser.Print(), parser.Licenses);
        return true;
    }

    /// <summary>The expression with the capitals of the SPDX list and single blanks.</summary>
    public override string ToString() => text;

    /// <inheritdoc/>
    public bool Equals(LicenseExpression? other) => other is not null && text == other.text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LicenseExpression);

    /// <inheritdoc/>
    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Recursive descent: an expression is terms joined by AND and OR; a term is in parentheses, or a license with an exception at most.</summary>
    private sealed class Parser(string text)
    {
        private readonly string[] tokens = text
            .Replace("(", " ( ", StringComparison.Ordinal).Replace(")", " ) ", StringComparison.Ordinal)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

        private readonly List<string> printed = [];
        private int position;

        public List<string> Licenses { get; } = [];

        public string Print() => string.Join(' ', printed).Replace("( ", "(", StringComparison.Ordinal).Replace(" )", ")", StringComparison.Ordinal);

        public string? Run() =>
            ReadExpression(depth: 0) ?? (position < tokens.Length ? $"'{CoreMetadata.Quote(tokens[position])}' does not belong there; AND or OR joins two licenses." : null);

        private bool TryTake(string word)
        {
            if (position == tokens.Length || !tokens[position].Equals(word, StringComparison.OrdinalIgnoreCase))
                return false;
            printed.Add(word);
            position++;
            return true;
        }

        private string? ReadExpression(int depth)
        {
            if (depth > MaxDepth)
                return "The license expression is nested too deeply.";
            do
            {
                if (ReadTerm(depth) is { } problem)
                    return problem;
            }
            while (TryTake("AND") || TryTake("OR"));
            return null;
        }

        private string? ReadTerm(int depth)
        {
            if (TryTake("("))
                return ReadExpression(depth + 1) ?? (TryTake(")") ? null : "A '(' is not closed.");
            if (position == tokens.Length)
                return "A license is missing at the end.";
            if (FindLicense(tokens[position]) is not { } license)
                return $"'{CoreMetadata.Quote(tokens[position])}' is no license of the SPDX list; a license of your own is written LicenseRef-Name.";
            printed.Add(license);
            if (!Licenses.Contains(license))
                Licenses.Add(license);
            position++;
            return TryTake("WITH") ? ReadException() : null;
        }

        private string? ReadException()
        {
            if (position == tokens.Length || !SpdxIdentifiers.Exceptions.TryGetValue(tokens[position], out var exception))
                return "Behind WITH an exception of the SPDX list must stand.";
            printed.Add(exception);
            position++;
            return null;
        }

        private static string? FindLicense(string token)
        {
            if (token.StartsWith(ReferencePrefix, StringComparison.OrdinalIgnoreCase))
                return IsReferenceName(token.AsSpan(ReferencePrefix.Length)) ? ReferencePrefix + token[ReferencePrefix.Length..] : null;
            if (SpdxIdentifiers.Licenses.TryGetValue(token, out var license))
                return license;
            // "or any later version", for any license.
            return token.EndsWith('+') && SpdxIdentifiers.Licenses.TryGetValue(token[..^1], out license) ? license + "+" : null;
        }

        private static bool IsReferenceName(ReadOnlySpan<char> name)
        {
            foreach (var c in name)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-'))
                    return false;
            }
            return name.Length > 0;
        }
    }
}
