using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Anchorage.Packaging;

/// <summary>
/// A SHA-256 digest: 32 bytes, printed as 64 lower-case hexadecimal digits. It names a blob, pins a file in an index
/// page (PEP 503 <c>#sha256=</c>) and its core metadata (PEP 714).
/// </summary>
public readonly struct Sha256Digest : IEquatable<Sha256Digest>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private readonly Bytes value;

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte first;
    }

    /// <summary>Takes the 32 bytes of a digest.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public Sha256Digest(ReadOnlySpan<byte> digest)
    {
        if (digest.Length != Size)
            throw new ArgumentException("A SHA-256 digest has 32 bytes.", nameof(digest));
        digest.CopyTo(value);
    }

    /// <summary>The digest of <paramref name="content"/>.</summary>
    public static Sha256Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[Size];
        System.Security.Cryptography.SHA256.HashData(content, digest);
        return new Sha256Digest(digest);
    }

    /// <summary>Parses 64 hexadecimal digits, in either case.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static Sha256Digest Parse(string hex) =>
        TryParse(hex, out var digest) ? digest : throw new FormatException("A SHA-256 digest has 64 hexadecimal digits.");

    /// <summary>Parses 64 hexadecimal digits, in either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? hex, out Sha256Digest digest)
    {
        digest = default;
        if (hex is not { Length: Size * 2 })
            return false;
        Span<byte> bytes = stackalloc byte[Size];
        if (Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;
        digest = new Sha256Digest(bytes);
        return true;
    }

    /// <summary>The bytes.</summary>
    public byte[] ToArray() => ((ReadOnlySpan<byte>)value).ToArray();

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(value);

    /// <inheritdoc/>
    public bool Equals(Sha256Digest other) => ((ReadOnlySpan<byte>)value).SequenceEqual(other.value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sha256Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => MemoryMarshal.Read<int>(value);

    /// <summary>Equality of all bytes.</summary>
    public static bool operator ==(Sha256Digest left, Sha256Digest right) => left.Equals(right);

    /// <summary>Inequality of any byte.</summary>
    public static bool operator !=(Sha256Digest left, Sha256Digest right) => !left.Equals(right);
}
