namespace Anchorage.Bench.Workloads;

/// <summary>A folder in memory, where a sync costs nothing: what a workload takes there and on disk tells the share of the disk.</summary>
internal sealed class MemoryDisk : IDisposable
{
    private MemoryDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Null where there is none on this machine.</summary>
    public static MemoryDisk? TryCreate()
    {
        const string Mount = "/dev/shm";
        return Directory.Exists(Mount) ? new MemoryDisk(Directory.CreateDirectory($"{Mount}/anchorage-bench-{Guid.NewGuid():n}").FullName) : null;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
