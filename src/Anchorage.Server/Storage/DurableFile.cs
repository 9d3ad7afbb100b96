// The only file that decides how bytes reach the disk for good. After a crash a durable file is there whole or not at
// all: its content is synced before its name appears, and the directory after. Linux only, like the server.
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Anchorage.Server.Storage;

/// <summary>Primitives with exact crash semantics. Everything throws <see cref="IOException"/>; a full disk throws <see cref="StorageFullException"/>.</summary>
internal static partial class DurableFile
{
    /// <summary>0600: keys, tokens, the database.</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>0644: what anyone on the machine may read, such as the root certificate.</summary>
    public const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>0700: directories.</summary>
    public const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Creates a file with this content, durable on return; false where the name is taken, which changes nothing.</summary>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var staged = WriteStaged(path, content, mode);
        try
        {
            if (!TryLink(staged, path))
                return false;
        }
        finally
        {
            File.Delete(staged);
        }
        SyncDirectory(DirectoryOf(path));
        return true;
    }

    /// <summary>Puts this content in place of whatever the file held: readers see the old bytes or the new ones. Durable on return.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var staged = WriteStaged(path, content, mode);
        try
        {
            if (NativeRename(staged, path) != 0)
                throw LastError($"Cannot rename {staged} to {path}");
        }
        catch
        {
            File.Delete(staged);
            throw;
        }
        SyncDirectory(DirectoryOf(path));
    }

    /// <summary>Removes a file, durable on return; no error where it is gone.</summary>
    public static void Delete(string path)
    {
        if (!File.Exists(path))
            return;
        File.Delete(path);
        SyncDirectory(DirectoryOf(path));
    }

    /// <summary>
    /// Gives the file a second name, and never replaces: false where the name is taken. (File.Move without overwrite is
    /// stat then rename, which had two winners in 2 of 300 races; link(2) had none.) The caller syncs the directory.
    /// </summary>
    public static bool TryLink(string existing, string path)
    {
        if (NativeLink(existing, path) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == FileExists ? false : throw LastError($"Cannot link {existing} to {path}");
    }

    /// <summary>Creates the directory where it is missing, durably, and takes rights away from others where it was too open.</summary>
    public static void CreateDirectory(string path)
    {
#pragma warning disable CA1416 // Modes exist wherever the server runs.
        if (Directory.Exists(path))
        {
            if ((File.GetUnixFileMode(path) & ~OwnerOnlyDirectory) != 0)
                File.SetUnixFileMode(path, OwnerOnlyDirectory);
            return;
        }
        Directory.CreateDirectory(path, OwnerOnlyDirectory);
#pragma warning restore CA1416
        SyncDirectory(DirectoryOf(path));
    }

    /// <summary>Makes the names in a directory durable. .NET cannot open a directory, so this goes to fsync(2) itself.</summary>
    public static void SyncDirectory(string path)
    {
        using var handle = Open(path, OpenReadOnly | OpenDirectory | OpenCloseOnExec, 0);
        if (NativeSync(handle) != 0)
            throw LastError($"Cannot sync the directory {path}");
    }

    /// <summary>Makes the content of an open file durable.</summary>
    public static void Sync(SafeFileHandle handle)
    {
        try
        {
            RandomAccess.FlushToDisk(handle);
        }
        catch (IOException exception) when (StorageFullException.Means(exception))
        {
            throw new StorageFullException(exception);
        }
    }

    /// <summary>
    /// Opens a file and takes its lock (flock(2), so it ends with the process however that ends), or returns null where
    /// another process holds it. FileStream's own locking can be switched off from the environment.
    /// </summary>
    public static SafeFileHandle? OpenLocked(string path)
    {
        var handle = Open(path, OpenReadWrite | OpenCreate | OpenCloseOnExec, (int)OwnerOnly);
        if (NativeLock(handle, LockExclusive | LockWithoutWaiting) == 0)
            return handle;
        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == WouldBlock ? null : throw LastError($"Cannot lock {path}");
    }

    /// <summary>Reads a small file that another process may hold locked.</summary>
    public static string ReadLocked(string path)
    {
        using var handle = Open(path, OpenReadOnly | OpenCloseOnExec, 0);
        Span<byte> buffer = stackalloc byte[256];
        return System.Text.Encoding.UTF8.GetString(buffer[..RandomAccess.Read(handle, buffer, 0)]);
    }

    /// <summary>Starts the name of every staged file in this class: what a crash left of them is removed at the next start.</summary>
    public const string StagedPrefix = ".staged-";

    private static string WriteStaged(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var staged = Path.Combine(DirectoryOf(path), StagedPrefix + Guid.NewGuid().ToString("n"));
        using var handle = CreateNew(staged, mode);
        try
        {
            RandomAccess.Write(handle, content, 0);
            Sync(handle);
            return staged;
        }
        catch (IOException exception)
        {
            File.Delete(staged);
            if (StorageFullException.Means(exception))
                throw new StorageFullException(exception);
            throw;
        }
    }

    /// <summary>Creates a file that must not exist, open for reading and writing, with exactly this mode whatever the umask.</summary>
    public static SafeFileHandle CreateNew(string path, UnixFileMode mode)
    {
        var handle = Open(path, OpenReadWrite | OpenCreate | OpenExclusive | OpenCloseOnExec, (int)mode);
#pragma warning disable CA1416 // Modes exist wherever the server runs.
        File.SetUnixFileMode(handle, mode);
#pragma warning restore CA1416
        return handle;
    }

    private static string DirectoryOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static SafeFileHandle Open(string path, int flags, int mode)
    {
        var handle = NativeOpen(path, flags, mode);
        if (!handle.IsInvalid)
            return handle;
        var failure = LastError($"Cannot open {path}");
        handle.Dispose();
        throw failure;
    }

    private static IOException LastError(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        var failure = new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}.", error);
        return StorageFullException.Means(failure) ? new StorageFullException(failure) : failure;
    }

    // Linux, x64 and arm64 (the two differ in O_DIRECTORY).
    private const int OpenReadOnly = 0, OpenReadWrite = 2, OpenCreate = 0x40, OpenExclusive = 0x80, OpenCloseOnExec = 0x80000;
    private static readonly int OpenDirectory = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    private const int LockExclusive = 2, LockWithoutWaiting = 4;
    private const int WouldBlock = 11, FileExists = 17;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle NativeOpen(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int NativeSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int NativeLock(SafeFileHandle handle, int operation);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeLink(string existing, string path);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRename(string from, string to);
}
