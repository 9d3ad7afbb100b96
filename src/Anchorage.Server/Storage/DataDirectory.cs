using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Anchorage.Server.Storage;

/// <summary>
/// The data directory of one server, and the only place that knows its layout:
/// <code>
/// DIR/                0700 where we create it
///   format            version of this layout
///   lock              held by the running server; holds its process id
///   bootstrap-token   first administrator's token, gone once there is one
///   anchorage.db      SQLite, with its -wal and -shm (embedded engine)
///   ca/               this installation's own root: its key and root.pem
///   blobs/aa/HEX      immutable bytes by SHA-256; one level of 256 directories, so that few need syncing
///   staging/          bytes on their way into blobs/, and large pages (files without a name); emptied at start
///   audit/            the record: wal-N.log
/// </code>
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    private const int Format = 1;
    private readonly SafeFileHandle? heldLock;

    private DataDirectory(string root, SafeFileHandle? heldLock)
    {
        Root = root;
        this.heldLock = heldLock;
    }

    public string Root { get; }
    public string Ca => Path.Combine(Root, "ca");
    public string Blobs => Path.Combine(Root, "blobs");
    public string Staging => Path.Combine(Root, "staging");
    public string Audit => Path.Combine(Root, "audit");
    public string DatabaseFile => Path.Combine(Root, "anchorage.db");
    public string BootstrapTokenFile => Path.Combine(Root, "bootstrap-token");
    private string FormatFile => Path.Combine(Root, "format");
    private string LockFile => LockFileOf(Root);

    /// <summary>True where this process is the one that may change the directory.</summary>
    public bool IsLocked => heldLock is not null;

    /// <summary>Takes the directory for this process: creates what is missing and removes what a crash left half done.</summary>
    /// <exception cref="DataDirectoryException">Another server uses it, it belongs to a newer version, or it cannot be used.</exception>
    public static DataDirectory Open(string path)
    {
        var root = Path.GetFullPath(path);
        SafeFileHandle? handle = null;
        try
        {
            // A directory that an administrator made keeps its mode: only what is ours is closed to others.
            if (!Directory.Exists(root))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(root) ?? root);
                DurableFile.CreateDirectory(root);
            }
            handle = DurableFile.OpenLocked(LockFileOf(root)) ?? throw InUse(root);
            RandomAccess.SetLength(handle, 0);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"), 0);

            var directory = new DataDirectory(root, handle);
            directory.CheckFormat(create: true);
            directory.CreateLayout();
            directory.RemoveLeftovers();
            return directory;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            handle?.Dispose();
            throw new DataDirectoryException($"The data directory {root} cannot be used: {exception.Message}", exception);
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    /// <summary>Looks at a directory that a running server may hold. Nothing is created or removed.</summary>
    /// <exception cref="DataDirectoryException">It is not a data directory, or belongs to a newer version.</exception>
    public static DataDirectory Inspect(string path)
    {
        var directory = new DataDirectory(Path.GetFullPath(path), null);
        if (!File.Exists(directory.FormatFile))
            throw new DataDirectoryException($"{directory.Root} is not a data directory of Anchorage: it has no file named format.");
        try
        {
            directory.CheckFormat(create: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException($"The data directory {directory.Root} cannot be read: {exception.Message}", exception);
        }
        return directory;
    }

    /// <summary>A file for what may be lost at any moment.</summary>
    /// <exception cref="StorageFullException">The disk is full.</exception>
    public UnnamedFile CreateUnnamedFile() => new(Path.Combine(Staging, "unnamed-" + Guid.NewGuid().ToString("n")));

    /// <summary>Lets go of the lock.</summary>
    public void Dispose() => heldLock?.Dispose();

    private static string LockFileOf(string root) => Path.Combine(root, "lock");

    private static DataDirectoryException InUse(string root)
    {
        var holder = DurableFile.ReadLocked(LockFileOf(root)).Trim();
        return new DataDirectoryException(
            $"The data directory {root} is in use by another server, process {(holder.Length > 0 ? holder : "unknown")}. "
            + "Stop that one first, or start this one with another --data directory.");
    }

    private void CheckFormat(bool create)
    {
        if (create && DurableFile.TryCreate(FormatFile, Encoding.ASCII.GetBytes($"{Format}\n"), DurableFile.OwnerOnly))
            return;
        var text = File.ReadAllText(FormatFile).Trim();
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var found))
            throw new DataDirectoryException($"{FormatFile} does not hold a version number. Restore the file from a backup; this version writes {Format}.");
        if (found > Format)
            throw new DataDirectoryException($"The data directory {Root} has format {found}, from a newer version of Anchorage; this one knows up to {Format}. Start the newer version.");
    }

    private void CreateLayout()
    {
        foreach (var directory in new[] { Ca, Blobs, Staging, Audit })
            DurableFile.CreateDirectory(directory);
    }

    private void RemoveLeftovers()
    {
        foreach (var directory in new[] { Root, Ca, Audit })
        {
            foreach (var leftover in Directory.EnumerateFiles(directory, DurableFile.StagedPrefix + "*"))
                File.Delete(leftover);
        }
        foreach (var leftover in Directory.EnumerateFiles(Staging))
            File.Delete(leftover);
    }
}

/// <summary>The data directory cannot be used; the message says why and what to do. The program ends with it.</summary>
internal sealed class DataDirectoryException(string message, Exception? inner = null) : Exception(message, inner);
