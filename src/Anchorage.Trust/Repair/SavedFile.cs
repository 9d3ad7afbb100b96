// The only file of this project that changes files of the machine. Each change is whole or not at all: the new content
// is staged beside the file, synced, given the mode and owner of the old one, and renamed over it; the directory after.

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Anchorage.Trust;

/// <summary>A file as it was before a repair: every byte, and what belongs to it.</summary>
internal sealed record SavedFile
{
    /// <summary>What may be kept for undo: certificate lists and configuration files are far below.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>The absolute path, links followed.</summary>
    public required string Path { get; init; }

    /// <summary>False where there was no such file: undoing then removes it.</summary>
    public required bool Existed { get; init; }

    /// <summary>The bytes; empty where there was no file.</summary>
    public byte[] Content { get; init; } = [];

    /// <summary>Permission bits.</summary>
    public int Mode { get; init; }

    /// <summary>Numeric owner; null where the platform has none.</summary>
    public int? Owner { get; init; }

    /// <summary>Numeric group; null where the platform has none.</summary>
    public int? Group { get; init; }

    /// <summary>The last write, in ticks of UTC.</summary>
    public long ModifiedAt { get; init; }

    /// <summary>SHA-256 of what the repair left there, lower-case hex; null where the repair left nothing, or is not done yet.</summary>
    public string? Written { get; init; }

    /// <summary>True for a file that a command of the system rebuilds: it is put back only if nobody has changed it since.</summary>
    public bool IsRebuilt { get; init; }

    /// <summary>Directories that the repair made for it, outermost first.</summary>
    public IReadOnlyList<string> MadeDirectories { get; init; } = [];

    /// <summary>Reads a file as it is.</summary>
    /// <exception cref="IOException">It cannot be read, is no regular file, or is too large to be kept.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SavedFile Of(string path, bool isRebuilt = false)
    {
        var real = RealPath(path);
        if (Directory.Exists(real))
        {
            throw new IOException($"{path} is a directory.");
        }
        if (!File.Exists(real))
        {
            return new SavedFile { Path = real, Existed = false, IsRebuilt = isRebuilt };
        }
        if ((File.GetAttributes(real) & FileAttributes.Device) != 0)
        {
            throw new IOException($"{path} is no regular file.");
        }
        using var handle = File.OpenHandle(real);
        var length = RandomAccess.GetLength(handle);
        if (length > MaxBytes)
        {
            throw new IOException($"{path} has {length} bytes; more than {MaxBytes} are not kept for undo, so it is left alone.");
        }
        var content = new byte[length];
        for (var read = 0; read < content.Length;)
        {
            var more = RandomAccess.Read(handle, content.AsSpan(read), read);
            read += more > 0 ? more : throw new IOException($"{path} became shorter while it was read.");
        }
        var (owner, group) = FileOwner.Of(real);
        return new SavedFile
        {
            Path = real,
            Existed = true,
            Content = content,
            Mode = OperatingSystem.IsWindows() ? 0 : (int)File.GetUnixFileMode(real),
            Owner = owner,
            Group = group,
            ModifiedAt = File.GetLastWriteTimeUtc(real).Ticks,
            IsRebuilt = isRebuilt,
        };
    }

    /// <summary>True where the file is as the repair left it.</summary>
    public bool IsAsWritten() => HashOf(Path) == Written;

    /// <summary>True where the file has the bytes that it had before the repair.</summary>
    public bool IsAsBefore() => HashOf(Path) == (Existed ? Convert.ToHexStringLower(SHA256.HashData(Content)) : null);

    /// <summary>Puts the file back: bytes, mode, owner and time of the last write.</summary>
    public void Restore()
    {
        if (!Existed)
        {
            if (File.Exists(Path))
            {
                File.Delete(Path);
                FileOwner.SyncDirectory(System.IO.Path.GetDirectoryName(Path)!);
            }
            foreach (var directory in MadeDirectories.Reverse())
            {
                if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any())
                {
                    Directory.Delete(directory);
                }
            }
            return;
        }
        Write(Path, Content, (UnixFileMode)Mode, Owner, Group);
        File.SetLastWriteTimeUtc(Path, new DateTime(ModifiedAt, DateTimeKind.Utc));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path, (UnixFileMode)Mode);
        }
    }

    /// <summary>SHA-256 of a file, lower-case hex; null where there is none.</summary>
    public static string? HashOf(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Writes a file whole or not at all, durable on return. Mode and owner are taken as given.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode, int? owner, int? group)
    {
        var directory = System.IO.Path.GetDirectoryName(path)!;
        var staged = System.IO.Path.Combine(directory, $".anchorage-{Guid.NewGuid():n}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                // Nobody else may read it before its mode is decided.
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            using (var file = new FileStream(staged, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            if (owner is { } user && group is { } members)
            {
                FileOwner.Set(staged, user, members);
            }
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(staged, mode);
            }
#pragma warning disable RS0030 // This is the durable writer of this project: the content is synced, rename(2) replaces, the directory is synced.
            File.Move(staged, path, overwrite: true);
#pragma warning restore RS0030
            FileOwner.SyncDirectory(directory);
        }
        catch
        {
            File.Delete(staged);
            throw;
        }
    }

    /// <summary>Makes the directories above a file, and says which were missing, outermost first.</summary>
    public static IReadOnlyList<string> MakeDirectories(string path)
    {
        var missing = new Stack<string>();
        for (var directory = System.IO.Path.GetDirectoryName(path); directory is { Length: > 0 } && !Directory.Exists(directory); directory = System.IO.Path.GetDirectoryName(directory))
        {
            missing.Push(directory);
        }
        foreach (var directory in missing)
        {
            Directory.CreateDirectory(directory);
            FileOwner.SyncDirectory(System.IO.Path.GetDirectoryName(directory)!);
        }
        return [.. missing];
    }

    /// <summary>The path with a link at its end followed: a link stays a link, and what it points to is changed.</summary>
    public static string RealPath(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        return new FileInfo(full).LinkTarget is null ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
    }
}

/// <summary>Whether this process may change the machine.</summary>
public static class Administrator
{
    /// <summary>True for root, and for an elevated process on Windows.</summary>
    public static bool Is => FileOwner.IsAdministrator();
}

/// <summary>Owners and directory syncs, which .NET does not offer.</summary>
internal static partial class FileOwner
{
    // struct statx is the same on every architecture; struct stat is not.
    private const int StatxSize = 256, UidOffset = 20, GidOffset = 24, CurrentDirectory = -100, BasicStats = 0x7ff;

    /// <summary>Owner and group of a file; null where the platform does not say.</summary>
    public static (int? Owner, int? Group) Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, null);
        }
        var buffer = new byte[StatxSize];
        return NativeStatx(CurrentDirectory, path, 0, BasicStats, buffer) == 0
            ? (BitConverter.ToInt32(buffer, UidOffset), BitConverter.ToInt32(buffer, GidOffset))
            : throw new IOException($"Cannot look at {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
    }

    /// <summary>Gives a file to an owner.</summary>
    public static void Set(string path, int owner, int group)
    {
        if (OperatingSystem.IsLinux() && Of(path) != (owner, group) && NativeChown(path, owner, group) != 0)
        {
            throw new IOException($"Cannot give {path} to its owner: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }
    }

    /// <summary>Makes the names in a directory durable.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        using var handle = NativeOpen(path, 0);
        if (handle.IsInvalid || NativeSync(handle) != 0)
        {
            throw new IOException($"Cannot sync the directory {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }
    }

    /// <summary>True where this process is root.</summary>
    public static bool IsAdministrator() => OperatingSystem.IsWindows() ? Environment.IsPrivilegedProcess : NativeUser() == 0;

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeStatx(int directory, string path, int flags, uint mask, byte[] buffer);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeChown(string path, int owner, int group);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle NativeOpen(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int NativeSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint NativeUser();
}
