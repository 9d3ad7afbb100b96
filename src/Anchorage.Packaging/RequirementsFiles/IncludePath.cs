namespace Anchorage.Packaging;

/// <summary>Where an included file lies: relative to the file that includes it, which may have a URL.</summary>
internal static class IncludePath
{
    public static string Resolve(string file, string target)
    {
        if (IsUrl(target) || target.StartsWith('/') || target.StartsWith('\\'))
            return target;
        if (IsUrl(file))
            return Uri.TryCreate(file, UriKind.Absolute, out var from) && Uri.TryCreate(from, target, out var to) ? to.AbsoluteUri : target;
        var folder = file[..(file.LastIndexOfAny(['/', '\\']) + 1)];
        return Tidy(folder + target);
    }

    public static bool IsUrl(string text)
    {
        foreach (var scheme in (string[])["http:", "https:", "file:"])
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>Without <c>.</c> and <c>name/..</c>, so that two ways to one file are one text: a circle must be found.</summary>
    private static string Tidy(string path)
    {
        if (!path.Contains("./", StringComparison.Ordinal) && !path.Contains("//", StringComparison.Ordinal))
            return path;
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] is not ("" or ".."))
                parts.RemoveAt(parts.Count - 1);
            else if (part != "." && (part.Length > 0 || parts.Count == 0))
                parts.Add(part);
        }
        return string.Join('/', parts);
    }
}
