using System.Globalization;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>The grammar of markers in the dependency specifiers specification, by recursive descent with a bounded depth.</summary>
internal ref struct MarkerParser
{
    /// <summary>Deeper nesting than any real marker; a parser that recurses must stop somewhere before the stack does.</summary>
    private const int MaxDepth = 100;

    private static readonly string[] Operators = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

    /// <summary>Every spelling of a variable, with PEP 345's dots and setuptools' old name, and what it means.</summary>
    private static readonly (string Spelling, string Variable)[] Variables =
    [
        ("python_version", "python_version"), ("python_full_version", "python_full_version"),
        ("os_name", "os_name"), ("os.name", "os_name"),
        ("sys_platform", "sys_platform"), ("sys.platform", "sys_platform"),
        ("platform_release", "platform_release"), ("platform_system", "platform_system"),
        ("platform_version", "platform_version"), ("platform.version", "platform_version"),
        ("platform_machine", "platform_machine"), ("platform.machine", "platform_machine"),
        ("platform_python_implementation", "platform_python_implementation"),
        ("platform.python_implementation", "platform_python_implementation"),
        ("python_implementation", "platform_python_implementation"),
        ("implementation_name", "implementation_name"), ("implementation_version", "implementation_version"),
        ("extras", "extras"), ("extra", "extra"), ("dependency_groups", "dependency_groups"),
    ];

    private RequirementScanner scanner;
    private string? problem;

    public static MarkerNode? Parse(string text, out string? problem)
    {
        var parser = new MarkerParser { scanner = new RequirementScanner(text) };
        var root = parser.ReadSequence(depth: 0);
        if (root is not null && !parser.scanner.AtEnd)
            root = parser.Fail("A marker ends behind its last comparison; 'and' or 'or' joins two.");
        problem = root is null ? parser.problem : null;
        return root;
    }

    private MarkerNode? Fail(string message)
    {
        problem ??= message;
        return null;
    }

    private MarkerNode? ReadSequence(int depth)
    {
        if (depth > MaxDepth)
            return Fail("The marker is nested too deeply.");
        var parts = new List<MarkerNode>(1);
        var isOr = new List<bool>();
        while (true)
        {
            if (ReadAtom(depth) is not { } part)
                return null;
            parts.Add(part);
            if (scanner.TryTakeWord("and"))
                isOr.Add(false);
            else if (scanner.TryTakeWord("or"))
                isOr.Add(true);
            else
                return parts.Count == 1 ? parts[0] : new MarkerSequence(parts, isOr);
        }
    }

    private MarkerNode? ReadAtom(int depth)
    {
        scanner.SkipBlanks();
        MarkerNode? node;
        if (scanner.TryTake('('))
        {
            node = ReadSequence(depth + 1);
            if (node is not null && !scanner.TryTake(')'))
                return Fail("The marker has a '(' that is not closed.");
        }
        else
        {
            node = ReadComparison();
        }
        scanner.SkipBlanks();
        return node;
    }

    private MarkerNode? ReadComparison()
    {
        if (ReadOperand() is not { } left)
            return Fail("A marker compares a variable such as python_version with a quoted text.");
        scanner.SkipBlanks();
        if (ReadOperator() is not { } sign)
            return Fail("A marker compares with one of <=, <, !=, ==, >=, >, ~=, ===, in, not in.");
        scanner.SkipBlanks();
        if (ReadOperand() is not { } right)
            return Fail("A marker compares a variable such as python_version with a quoted text.");
        if (left.IsVariable == right.IsVariable)
            return Fail("A marker compares a variable with a quoted text, not two of a kind.");
        return new MarkerComparison(left, sign, right);
    }

    private MarkerOperand? ReadOperand()
    {
        foreach (var (spelling, variable) in Variables)
        {
            if (scanner.TryTakeWord(spelling))
                return new MarkerOperand(variable, IsVariable: true);
        }
        foreach (var quote in "'\"")
        {
            if (!scanner.TryTake(quote))
                continue;
            var text = scanner.ReadUntil(quote);
            return scanner.TryTake(quote) && Unescape(text) is { } value ? new MarkerOperand(value, IsVariable: false) : null;
        }
        return null;
    }

    private string? ReadOperator()
    {
        if (scanner.TryTakeWord("in"))
            return "in";
        if (scanner.TryTakeWord("not"))
        {
            scanner.SkipBlanks();
            return scanner.TryTakeWord("in") ? "not in" : null;
        }
        foreach (var sign in Operators)
        {
            if (scanner.TryTake(sign))
                return sign;
        }
        return null;
    }

    /// <summary>
    /// The reference implementation reads the text as a Python string literal. Backslashes are not in the specification;
    /// what Python would refuse is refused, the usual escapes are resolved.
    /// </summary>
    private static string? Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var value = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                value.Append(text[i]);
                continue;
            }
            if (++i == text.Length)
                return null;
            var digits = text[i] switch { 'x' => 2, 'u' => 4, _ => 0 };
            if (digits > 0)
            {
                if (i + digits >= text.Length || !ushort.TryParse(text.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                    return null;
                value.Append((char)code);
                i += digits;
                continue;
            }
            if (text[i] is 'N' or 'U')
                return null;
            value.Append(text[i] switch { '\\' => "\\", 'n' => "\n", 'r' => "\r", 't' => "\t", '\'' => "'", '"' => "\"", var other => "\\" + other });
        }
        return value.ToString();
    }
}
