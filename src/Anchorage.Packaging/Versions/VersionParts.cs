namespace Anchorage.Packaging;

/// <summary>The kinds of pre-release, in their order.</summary>
internal enum PreKind
{
    None,
    Alpha,
    Beta,
    Candidate,
}

/// <summary>One segment of a local version: a number or lower-case letters and digits.</summary>
internal readonly struct LocalSegment : IComparable<LocalSegment>, IEquatable<LocalSegment>
{
    private readonly VersionNumber number;
    private readonly string? word;

    public LocalSegment(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyExceptInRange('0', '9'))
            word = text.ToString().ToLowerInvariant();
        else
            number = VersionNumber.Parse(text);
    }

    /// <summary>PEP 440 "Local version identifiers": a number sorts above a word.</summary>
    public int CompareTo(LocalSegment other) => (word, other.word) switch
    {
        (null, null) => number.CompareTo(other.number),
        (null, _) => 1,
        (_, null) => -1,
        _ => string.CompareOrdinal(word, other.word),
    };

    public bool Equals(LocalSegment other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is LocalSegment other && Equals(other);

    public override int GetHashCode() => word?.GetHashCode(StringComparison.Ordinal) ?? number.GetHashCode();

    public void AppendTo(ref VersionText text)
    {
        if (word is null)
            number.AppendTo(ref text);
        else
            text.Append(word);
    }
}

/// <summary>A version taken apart. The parser fills it; after that nobody changes it.</summary>
internal sealed class VersionParts
{
    public required VersionNumber Epoch { get; init; }

    public required VersionNumber[] Release { get; init; }

    public PreKind Pre { get; set; }

    public VersionNumber PreNumber { get; set; }

    public VersionNumber? Post { get; set; }

    public VersionNumber? Dev { get; set; }

    public LocalSegment[]? Local { get; set; }

    /// <summary>Release segments without trailing zeros, at least one: <c>1.0</c> and <c>1.0.0</c> are one release.</summary>
    public ReadOnlySpan<VersionNumber> TrimmedRelease
    {
        get
        {
            var length = Release.Length;
            while (length > 1 && Release[length - 1].IsZero)
                length--;
            return Release.AsSpan(0, length);
        }
    }

    public bool IsPrerelease => Pre != PreKind.None || Dev is not null;

    /// <summary>PEP 440 "Summary of permitted suffixes and relative ordering": dev &lt; a &lt; b &lt; rc &lt; final &lt; post.</summary>
    public int ComparePublicPart(VersionParts other)
    {
        var order = Epoch.CompareTo(other.Epoch);
        if (order == 0)
            order = CompareRelease(other);
        if (order == 0)
            order = PreRank.CompareTo(other.PreRank);
        if (order == 0)
            order = PreNumber.CompareTo(other.PreNumber);
        if (order == 0)
            order = CompareOptional(Post, other.Post, absent: -1);
        if (order == 0)
            order = CompareOptional(Dev, other.Dev, absent: 1);
        return order;
    }

    public int CompareTo(VersionParts other)
    {
        var order = ComparePublicPart(other);
        return order != 0 ? order : CompareLocal(other);
    }

    /// <summary>A release compared as if padded with zeros on the right.</summary>
    private int CompareRelease(VersionParts other)
    {
        var left = TrimmedRelease;
        var right = other.TrimmedRelease;
        var common = Math.Min(left.Length, right.Length);
        for (var i = 0; i < common; i++)
        {
            var order = left[i].CompareTo(right[i]);
            if (order != 0)
                return order;
        }
        return left.Length.CompareTo(right.Length);
    }

    /// <summary><c>1.0.dev1</c> comes before <c>1.0a1</c>, but <c>1.0.post1.dev1</c> after <c>1.0</c>.</summary>
    private int PreRank => Pre != PreKind.None ? (int)Pre
        : Post is null && Dev is not null ? (int)PreKind.None
        : (int)PreKind.Candidate + 1;

    private static int CompareOptional(VersionNumber? left, VersionNumber? right, int absent)
    {
        if (left is null)
            return right is null ? 0 : absent;
        return right is null ? -absent : left.Value.CompareTo(right.Value);
    }

    private int CompareLocal(VersionParts other)
    {
        if (Local is null || other.Local is null)
            return (Local is null ? 0 : 1) - (other.Local is null ? 0 : 1);
        return Local.AsSpan().SequenceCompareTo(other.Local);
    }

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Epoch);
        foreach (var segment in TrimmedRelease)
            hash.Add(segment);
        hash.Add(PreRank);
        hash.Add(PreNumber);
        hash.Add(Post);
        hash.Add(Dev);
        foreach (var segment in Local.AsSpan())
            hash.Add(segment);
        return hash.ToHashCode();
    }

    /// <summary>Release with epoch: <c>1!2.0</c>.</summary>
    public void AppendBase(ref VersionText text, ReadOnlySpan<VersionNumber> release)
    {
        if (!Epoch.IsZero)
        {
            Epoch.AppendTo(ref text);
            text.Append('!');
        }
        for (var i = 0; i < release.Length; i++)
        {
            if (i > 0)
                text.Append('.');
            release[i].AppendTo(ref text);
        }
    }

    public void AppendPublicPart(ref VersionText text, ReadOnlySpan<VersionNumber> release)
    {
        AppendBase(ref text, release);
        if (Pre != PreKind.None)
        {
            text.Append(Pre switch { PreKind.Alpha => "a", PreKind.Beta => "b", _ => "rc" });
            PreNumber.AppendTo(ref text);
        }
        if (Post is { } post)
        {
            text.Append(".post");
            post.AppendTo(ref text);
        }
        if (Dev is { } dev)
        {
            text.Append(".dev");
            dev.AppendTo(ref text);
        }
    }

    public void AppendLocal(ref VersionText text)
    {
        for (var i = 0; i < Local!.Length; i++)
        {
            if (i > 0)
                text.Append('.');
            Local[i].AppendTo(ref text);
        }
    }
}
