using System.IO.Compression;
using System.Text;

namespace Anchorage.Trust;

/// <summary>A wheel that a program is run from without being installed: a zip file, read in bounds.</summary>
internal sealed class WheelFiles : IDisposable
{
    private const int MaxWheel = 64 << 20;
    private readonly ZipArchive archive;

    private WheelFiles(ZipArchive archive) => this.archive = archive;

    /// <summary>Opens a wheel; null where it is none.</summary>
    public static WheelFiles? Open(MachineFiles files, string path)
    {
        if (files.OpenRegular(path, MaxWheel) is not { } stream)
            return null;
        try
        {
            return new WheelFiles(new ZipArchive(stream, ZipArchiveMode.Read));
        }
        catch (InvalidDataException)
        {
            stream.Dispose();
            return null;
        }
    }

    /// <summary>A member as text; null where it is missing or too large.</summary>
    public string? ReadText(string name) => Read(name, 256 << 10) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>A member; null where it is missing, damaged or larger than the bound, whatever its header says.</summary>
    public byte[]? Read(string name, int bound)
    {
        try
        {
            if (archive.GetEntry(name) is not { } entry || entry.Length > bound)
                return null;
            using var stream = entry.Open();
            var buffer = new byte[(int)entry.Length];
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length ? buffer : null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            return null;
        }
    }

    public void Dispose() => archive.Dispose();
}
