namespace Anchorage.Packaging;

/// <summary>
/// A cut between versions: everything is below it or above it. Most cuts lie directly below a version; one kind cannot be
/// told so: above <c>1.0</c> and all its post-releases comes <c>1.0.0.1</c>, and before that <c>1.0.0.0.1</c>, without
/// end, so that no version is the first above the cut.
/// </summary>
internal readonly struct VersionBound : IComparable<VersionBound>, IEquatable<VersionBound>
{
    private enum Place
    {
        /// <summary>Below the version.</summary>
        Below,

        /// <summary>Above exactly this version, which has a local part: other local parts of the same public version come next.</summary>
        Above,

        /// <summary>Above a final release, its local versions and its post-releases.</summary>
        AbovePosts,
    }

    /// <summary>No cut is lower: <c>0.dev0</c> is the least of all versions.</summary>
    public static readonly VersionBound Lowest = new(VersionParser.Parse("0.dev0")!, Place.Below);

    private readonly Place place;

    private VersionBound(VersionParts version, Place place)
    {
        Version = version;
        this.place = place;
    }

    /// <summary>The version that the cut lies beside.</summary>
    public VersionParts Version { get; }

    /// <summary>True where the version itself is below the cut.</summary>
    public bool IsAboveVersion => place != Place.Below;

    /// <summary>Directly below a version.</summary>
    public static VersionBound BelowOf(VersionParts version) => new(version, Place.Below);

    /// <summary>Directly above a version: for one without a local part, above all its local versions too.</summary>
    public static VersionBound AboveOf(VersionParts version)
    {
        if (version.Local is not null)
            return new VersionBound(version, Place.Above);
        // What comes next is always a development release: of the next dev, post-release or pre-release number.
        if (version.Dev is { } dev)
            return BelowOf(With(version, version.Pre, version.PreNumber, version.Post, dev.Next()));
        return BelowOf(With(version, version.Pre, version.PreNumber, version.Post is { } post ? post.Next() : default(VersionNumber), default(VersionNumber)));
    }

    /// <summary>Above a version without post and dev part, and above all its post-releases.</summary>
    public static VersionBound AbovePostsOf(VersionParts version)
    {
        return version.Pre == PreKind.None
            ? new VersionBound(version, Place.AbovePosts)
            : BelowOf(With(version, version.Pre, version.PreNumber.Next(), null, default(VersionNumber)));
    }

    /// <summary>Below all versions with this release as prefix, as in <c>==1.2.*</c>.</summary>
    public static VersionBound BelowPrefix(VersionNumber epoch, ReadOnlySpan<VersionNumber> release) =>
        BelowOf(new VersionParts { Epoch = epoch, Release = release.ToArray(), Dev = default(VersionNumber) });

    /// <summary>Above all versions with this release as prefix.</summary>
    public static VersionBound AbovePrefix(VersionNumber epoch, ReadOnlySpan<VersionNumber> release)
    {
        var next = release.ToArray();
        next[^1] = next[^1].Next();
        return BelowPrefix(epoch, next);
    }

    /// <summary>Below all pre-releases of a version: its first development release is the least of them.</summary>
    public static VersionBound BelowPrereleases(VersionParts version) =>
        BelowOf(With(version, version.Pre, version.PreNumber, version.Post, default(VersionNumber)));

    private static VersionParts With(VersionParts release, PreKind pre, VersionNumber preNumber, VersionNumber? post, VersionNumber? dev) =>
        new() { Epoch = release.Epoch, Release = release.Release, Pre = pre, PreNumber = preNumber, Post = post, Dev = dev };

    /// <summary>Whether a version is above the cut.</summary>
    public bool IsBelow(VersionParts version) => place switch
    {
        Place.Below => version.CompareTo(Version) >= 0,
        Place.Above => version.CompareTo(Version) > 0,
        _ => version.CompareTo(Version) > 0 && !HasRelease(version, Version),
    };

    /// <summary>The same epoch and release: what is greater than the final release among those are its local versions and post-releases.</summary>
    private static bool HasRelease(VersionParts version, VersionParts final) =>
        version.Epoch.Equals(final.Epoch) && version.TrimmedRelease.SequenceEqual(final.TrimmedRelease);

    /// <summary>
    /// The least version above the cut that is no pre-release; null where there is none, because ever smaller ones follow
    /// the cut (and then any interval from here on that is not empty has one in it).
    /// </summary>
    public VersionParts? FirstFinal
    {
        get
        {
            if (place != Place.Below)
                return null;
            if (!Version.IsPrerelease)
                return Version;
            return With(Version, PreKind.None, default, Version.Pre == PreKind.None ? Version.Post : null, null);
        }
    }

    /// <inheritdoc/>
    public int CompareTo(VersionBound other)
    {
        if (place == Place.AbovePosts && other.place == Place.AbovePosts)
            return Version.CompareTo(other.Version);
        if (place == Place.AbovePosts)
            return IsBelow(other.Version) ? -1 : 1;
        if (other.place == Place.AbovePosts)
            return -other.CompareTo(this);
        var order = Version.CompareTo(other.Version);
        return order != 0 ? order : place.CompareTo(other.place);
    }

    /// <inheritdoc/>
    public bool Equals(VersionBound other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VersionBound other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Version.GetHashCode(), place);

    /// <summary>The version, and what above it is meant.</summary>
    public override string ToString()
    {
        var text = new VersionText(stackalloc char[128]);
        Version.AppendPublicPart(ref text, Version.Release);
        if (Version.Local is not null)
        {
            text.Append('+');
            Version.AppendLocal(ref text);
        }
        if (place == Place.AbovePosts)
            text.Append(".post*");
        return text.Written.ToString();
    }
}
