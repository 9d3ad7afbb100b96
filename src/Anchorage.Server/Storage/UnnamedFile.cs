using Microsoft.Win32.SafeHandles;

namespace Anchorage.Server.Storage;

/// <summary>
/// Bytes on disk that go with the object: the file has lost its name before anything is written, so that neither a crash
/// nor a forgotten reader leaves anything behind. Never durable.
/// </summary>
internal sealed class UnnamedFile
{
    private readonly SafeFileHandle handle;
    private long length;

    public UnnamedFile(string path)
    {
        handle = DurableFile.CreateNew(path, DurableFile.OwnerOnly);
        File.Delete(path);
    }

    /// <summary>The collector sees a small object: it is told how much goes with it, or replaced lists would fill the disk.</summary>
    ~UnnamedFile()
    {
        if (length > 0)
            GC.RemoveMemoryPressure(length);
    }

    public SafeFileHandle Handle => handle;

    public long Length => length;

    /// <summary>For one writer, before anybody reads.</summary>
    /// <exception cref="StorageFullException">The disk is full.</exception>
    public void Append(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
            return;
        try
        {
            RandomAccess.Write(handle, content, length);
        }
        catch (IOException exception) when (StorageFullException.Means(exception))
        {
            throw new StorageFullException(exception);
        }
        length += content.Length;
        GC.AddMemoryPressure(content.Length);
    }
}
