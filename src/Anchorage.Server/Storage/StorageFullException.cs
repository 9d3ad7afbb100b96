namespace Anchorage.Server.Storage;

/// <summary>The disk, or the quota on it, is full. An upload is answered 507; nothing that was stored is affected.</summary>
internal sealed class StorageFullException(IOException inner)
    : IOException("The disk that holds the data directory is full. Free space, or move the data directory to a larger disk.", inner)
{
    private const int NoSpace = 28, QuotaExceeded = 122;

    /// <summary>Whether an I/O failure means this one. On Unix .NET keeps errno in HResult.</summary>
    public static bool Means(IOException exception) => exception is StorageFullException || exception.HResult is NoSpace or QuotaExceeded;
}
