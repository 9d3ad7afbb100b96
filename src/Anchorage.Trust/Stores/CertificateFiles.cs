// Certificate files and directories on the machine, each read once.

using System.Buffers;
using System.Collections.Concurrent;

namespace Anchorage.Trust;

/// <summary>Reads bundles, and remembers them by path.</summary>
internal sealed class CertificateFiles(MachineFiles files)
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private const int MaxHashedNames = 2_000;
    private readonly ConcurrentDictionary<string, BundleFacts> read = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> dates = new(StringComparer.Ordinal);

    /// <summary>Everything that was asked for.</summary>
    public IReadOnlyDictionary<string, BundleFacts> All => read;

    /// <summary>What a client gets from a file or a directory.</summary>
    public BundleFacts At(string path) => read.GetOrAdd(path, ReadAt);

    /// <summary>The dates that packages gave to their bundles. What a file says of itself is no evidence of the time.</summary>
    public IEnumerable<DateTimeOffset> PackageDates => dates.Values;

    /// <summary>Puts in what was read elsewhere: out of a wheel, from a store that is no file.</summary>
    public void Add(BundleFacts facts) => read.TryAdd(facts.Path, facts);

    /// <summary>A bundle is as old as its package says, whatever its file says.</summary>
    public void Date(string path, DateTimeOffset dated) => dates.TryAdd(path, dated);

    private BundleFacts ReadAt(string path)
    {
        if (files.IsFolder(path))
            return ReadFolder(path);
        var content = files.Read(path, MachineFiles.MaxBundle);
        var state = content.State switch
        {
            FileState.Missing => BundleState.Missing,
            FileState.Unreadable => BundleState.Unreadable,
            _ => BundleState.NotAFile,
        };
        if (content.State != FileState.Read)
            return new BundleFacts { Path = path, State = state, Problem = content.Problem };
        return Of(path, content.Bytes.Span, files.ModifiedAt(path));
    }

    /// <summary>A bundle from its bytes.</summary>
    public BundleFacts Of(string path, ReadOnlySpan<byte> content, DateTimeOffset? modifiedAt)
    {
        var bundle = PemBundle.Read(content);
        return new BundleFacts
        {
            Path = path,
            State = bundle.State,
            Problem = bundle.Problem,
            Certificates = bundle.Certificates,
            ModifiedAt = modifiedAt,
            Dated = dates.TryGetValue(path, out var dated) ? dated : bundle.Dated,
        };
    }

    // OpenSSL looks in a directory for HASH.N by the hash of the issuer's name, and for nothing else. A file that it cannot
    // read costs only itself.
    private BundleFacts ReadFolder(string path)
    {
        var certificates = new List<ReadOnlyMemory<byte>>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var hashed = files.Names(path).Where(IsHashedName).Take(MaxHashedNames).ToList();
        foreach (var name in hashed)
        {
            var content = files.Read(files.Join(path, name), MachineFiles.MaxConfiguration);
            if (content.State != FileState.Read)
                continue;
            foreach (var certificate in PemBundle.Read(content.Bytes.Span).Certificates)
            {
                if (seen.Add(PublicRoots.FingerprintOf(certificate.Span)))
                    certificates.Add(certificate);
            }
        }
        return new BundleFacts
        {
            Path = path,
            State = hashed.Count > 0 ? BundleState.Good : BundleState.DirectoryWithoutHashes,
            Problem = hashed.Count > 0 ? null : "No name in it is a hash such as 5ed36f99.0 (made by openssl rehash); OpenSSL finds nothing in it.",
            Certificates = certificates,
            ModifiedAt = files.ModifiedAt(path),
        };
    }

    private static bool IsHashedName(string name) =>
        name.Length >= 10 && name[8] == '.' && name.AsSpan(0, 8).IndexOfAnyExcept(HexDigits) < 0 && name.AsSpan(9).IndexOfAnyExceptInRange('0', '9') < 0;
}
