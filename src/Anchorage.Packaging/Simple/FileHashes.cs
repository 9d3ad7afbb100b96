using System.Collections;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// Hashes of a listed file by algorithm. Nearly every file has one; for the sixty thousand files of a large project a dictionary of
/// 200 bytes and more for each of two hashes would be most of the page's memory.
/// </summary>
internal static class FileHashes
{
    public static IReadOnlyDictionary<string, string> None { get; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The hashes with one more; null where they have that algorithm already.</summary>
    public static IReadOnlyDictionary<string, string>? Add(IReadOnlyDictionary<string, string> hashes, string algorithm, string digest)
    {
        if (hashes.Count == 0)
            return new SingleFileHash(algorithm, digest);
        if (hashes.ContainsKey(algorithm))
            return null;
        return new Dictionary<string, string>(hashes, StringComparer.Ordinal) { [algorithm] = digest };
    }
}

/// <summary>The one hash of a file.</summary>
internal sealed class SingleFileHash(string algorithm, string digest) : IReadOnlyDictionary<string, string>
{
    public string Algorithm => algorithm;

    public string Digest => digest;

    public int Count => 1;

    public IEnumerable<string> Keys => [algorithm];

    public IEnumerable<string> Values => [digest];

    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"The file has no {SimpleLimits.Shorten(key)} hash.");

    public bool ContainsKey(string key) => key == algorithm;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        var isKnown = key == algorithm;
        value = isKnown ? digest : null;
        return isKnown;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        yield return new(algorithm, digest);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
