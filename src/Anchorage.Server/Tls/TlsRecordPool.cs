// The memory between HTTP and TLS. Kestrel's own blocks have 4 KiB, and each block becomes a TLS record with its own
// encryption call and write. A TLS record holds 16 KiB (RFC 8446 §5.1): with blocks of that size a page of 10 kB goes out
// as one record instead of three.

using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections.Features;

namespace Anchorage.Server.Tls;

/// <summary>Blocks of the size of a TLS record.</summary>
internal sealed class TlsRecordPool : MemoryPool<byte>, IMemoryPoolFeature
{
    public const int BlockBytes = 16 << 10;

    /// <summary>Idle blocks that are kept: 8 MiB.</summary>
    private const int MaxIdle = 512;

    private readonly ConcurrentQueue<Block> idle = new();
    private int idleCount;

    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => this;

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (!idle.TryDequeue(out var block))
            return new Block(this);
        Interlocked.Decrement(ref idleCount);
        return block;
    }

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref idleCount) <= MaxIdle)
            idle.Enqueue(block);
        else
            Interlocked.Decrement(ref idleCount);
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(TlsRecordPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public void Dispose() => pool.Return(this);
    }
}
