using System.Runtime.InteropServices;

namespace Anchorage.Testing;

/// <summary>A file system of a few megabytes, to be filled. Mounting takes root: elsewhere the test is left out.</summary>
public sealed partial class SmallDisk : IDisposable
{
    private readonly TestDirectory directory = new();

    /// <summary>Where it is mounted.</summary>
    public string Path => directory.Path;

    /// <summary>Mounts one; leaves the test out where that is not allowed.</summary>
    public static SmallDisk Mount(int megabytes)
    {
        var disk = new SmallDisk();
        if (NativeMount("anchorage-test", disk.Path, "tmpfs", 0, $"size={megabytes}m") != 0)
        {
            disk.directory.Dispose();
            Repository.LeaveOut("a small file system can be mounted by root only");
        }
        return disk;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        const int Detach = 2;
        if (NativeUnmount(Path, Detach) != 0)
            throw new InvalidOperationException($"{Path} cannot be unmounted: error {Marshal.GetLastPInvokeError()}.");
        directory.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeMount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeUnmount(string target, int flags);
}
