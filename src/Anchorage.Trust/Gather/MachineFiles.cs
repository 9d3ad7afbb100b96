// The files of the inspected machine: read-only, bounded, and seen below a root, so that a chroot, an image or a recorded
// layout can be inspected like the running system. Links are followed here and not by the system, because an absolute
// link of a chroot points into the chroot. Whatever lies there is foreign: a FIFO must not block, a device or a file of
// a gigabyte must not be read, a loop of links must end.

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Anchorage.Trust;

/// <summary>How reading a file ended.</summary>
internal enum FileState
{
    Read,
    Missing,
    Unreadable,
    NotAFile,
}

/// <summary>What was read.</summary>
internal readonly record struct FileContent(FileState State, ReadOnlyMemory<byte> Bytes, string? Problem);

/// <summary>The kinds of machine, by how paths are written.</summary>
public enum MachinePlatform
{
    /// <summary>Linux and other Unix systems.</summary>
    Linux,
    /// <summary>macOS.</summary>
    MacOS,
    /// <summary>Windows: drives, backslashes.</summary>
    Windows,
}

internal sealed partial class MachineFiles(string? root, MachinePlatform platform)
{
    /// <summary>Configuration files are a few hundred bytes.</summary>
    public const int MaxConfiguration = 4 << 20;

    /// <summary>The public list is 0.3 MB; sixteen is fifty of it.</summary>
    public const int MaxBundle = 16 << 20;

    private const int MaxLinks = 40;
    private const int MaxNames = 20_000;
    private readonly string root = root is null ? "" : Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
    private readonly ConcurrentDictionary<string, string?> resolved = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> gaps = new(StringComparer.Ordinal);

    public MachinePlatform Platform { get; } = platform;

    public bool IsWindows => Platform == MachinePlatform.Windows;

    /// <summary>True where the running system itself is inspected.</summary>
    public bool IsThisMachine => root.Length == 0;

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<string> Gaps => [.. gaps.Values.Order(StringComparer.Ordinal)];

    /// <summary>Notes what could not be seen; once for each path.</summary>
    public void AddGap(string path, string words) => gaps.TryAdd(path, words);

    public string Join(string folder, params ReadOnlySpan<string> names)
    {
        var separator = IsWindows ? '\\' : '/';
        var path = new StringBuilder(folder.TrimEnd('/', '\\'));
        foreach (var name in names)
            path.Append(separator).Append(name);
        return path.Length == 0 ? "/" : path.ToString();
    }

    /// <summary>The folder of a path; null above the top.</summary>
    public string? Parent(string path)
    {
        var end = LastSeparator(path);
        if (end < 0)
            return null;
        if (end == 0)
            return path.Length > 1 ? "/" : null;
        return path[..end];
    }

    public string NameOf(string path) => path[(LastSeparator(path) + 1)..];

    public bool IsAbsolute(string path) => IsWindows ? path.Length > 2 && path[1] == ':' && path[2] is '/' or '\\' : path.StartsWith('/');

    private int LastSeparator(string path) => IsWindows ? path.LastIndexOfAny(['/', '\\']) : path.LastIndexOf('/');

    /// <summary>A path made absolute and without dots; null where it holds what no path may hold.</summary>
    public string? Absolute(string path, string folder)
    {
        if (path.Length is 0 or > 4_000 || path.Contains('\0'))
            return null;
        var whole = IsAbsolute(path) ? path : Join(folder, path);
        var parts = new List<string>();
        foreach (var part in whole.Split(IsWindows ? ['/', '\\'] : ['/'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > (IsWindows ? 1 : 0))
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("." or ".."))
                parts.Add(part);
        }
        return IsWindows ? string.Join('\\', parts) : "/" + string.Join('/', parts);
    }

    /// <summary>The path with every link followed; null where that never ends.</summary>
    public string? RealPath(string path) => Resolve(path, 0);

    private string? Resolve(string path, int links)
    {
        if (links > MaxLinks || path.Length > 4_000)
            return null;
        if (resolved.TryGetValue(path, out var known))
            return known;
        var parent = Parent(path);
        if (parent is null || NameOf(path).Length == 0)
            return path;
        if (Resolve(parent, links) is not { } folder)
            return null;
        var here = Join(folder, NameOf(path));
        var real = here;
        if (LinkTarget(here) is { } target)
            real = Absolute(target, folder) is { } next ? Resolve(next, links + 1) : null;
        return resolved[path] = real;
    }

    private string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(Native(path)).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    // C:\Users of a recorded Windows lies at ROOT/C/Users.
    private string Native(string path) =>
        IsThisMachine ? path : root + "/" + (IsWindows ? path.Replace(":", "", StringComparison.Ordinal).Replace('\\', '/') : path.TrimStart('/'));

    private string? NativeTarget(string path) => RealPath(path) is { } real ? Native(real) : null;

    public bool IsFolder(string path) => NativeTarget(path) is { } native && Directory.Exists(native);

    /// <summary>True for anything that is there and no folder.</summary>
    public bool IsFile(string path) => NativeTarget(path) is { } native && File.Exists(native);

    public bool Exists(string path) => NativeTarget(path) is { } native && Path.Exists(native);

    public DateTimeOffset? ModifiedAt(string path)
    {
        try
        {
            return NativeTarget(path) is { } native && Path.Exists(native) ? new DateTimeOffset(File.GetLastWriteTimeUtc(native)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Where the file lies on this machine, to start it; null where another machine's files are inspected.</summary>
    public string? Startable(string path) => IsThisMachine ? path : null;

    /// <summary>The names in a folder, sorted; empty where there is none or it may not be listed.</summary>
    public IReadOnlyList<string> Names(string folder, string pattern = "*")
    {
        try
        {
            if (NativeTarget(folder) is not { } native || !Directory.Exists(native))
                return [];
            var names = Directory.EnumerateFileSystemEntries(native, pattern).Take(MaxNames).Select(entry => Path.GetFileName(entry)).ToList();
            if (names.Count == MaxNames)
                AddGap(folder, $"{folder} has more than {MaxNames} entries; the rest was not looked at.");
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            AddGap(folder, $"{folder} cannot be listed: {e.Message}");
            return [];
        }
    }

    /// <summary>A text file, UTF-8; null where it is missing or cannot be read, the latter with a gap.</summary>
    public string? ReadText(string path, int bound = MaxConfiguration)
    {
        var content = Read(path, bound);
        if (content.State is FileState.Unreadable or FileState.NotAFile)
            AddGap(path, $"{path} was not read: {content.Problem}");
        return content.State == FileState.Read ? Encoding.UTF8.GetString(content.Bytes.Span) : null;
    }

    /// <summary>Reads a regular file that is no larger than the bound.</summary>
    public FileContent Read(string path, int bound)
    {
        if (path.Length is 0 or > 4_000 || path.Contains('\0'))
            return new(FileState.Missing, default, "no such path");
        if (NativeTarget(path) is not { } native)
            return new(FileState.NotAFile, default, "a loop of links");
        try
        {
            if (Directory.Exists(native))
                return new(FileState.NotAFile, default, "a folder");
            using var handle = Open(native, out var failure);
            if (handle is null)
                return failure!.Value;
            return ReadAll(handle, bound);
        }
        catch (UnauthorizedAccessException e)
        {
            return new(FileState.Unreadable, default, e.Message);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(FileState.Missing, default, "no such file");
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ArgumentException)
        {
            return new(FileState.NotAFile, default, e.Message);
        }
    }

    /// <summary>A regular file as a stream that can seek; null where it is missing, something else, or larger than the bound.</summary>
    public Stream? OpenRegular(string path, int bound)
    {
        if (NativeTarget(path) is not { } native || !File.Exists(native))
            return null;
        try
        {
            var handle = Open(native, out _);
            if (handle is null)
                return null;
            var stream = new FileStream(handle, FileAccess.Read);
            if (stream.CanSeek && stream.Length <= bound)
                return stream;
            stream.Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            AddGap(path, $"{path} was not read: {e.Message}");
            return null;
        }
    }

    private static FileContent ReadAll(SafeFileHandle handle, int bound)
    {
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (!stream.CanSeek)
            return new(FileState.NotAFile, default, "a pipe, a socket or a device");
        if (stream.Length > bound)
            return new(FileState.NotAFile, default, $"{stream.Length} bytes, more than the {bound} that are read");
        // Devices and /proc say 0; the latter have text for a page or two.
        var buffer = new byte[stream.Length == 0 ? 65_536 : (int)stream.Length + 1];
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return length == buffer.Length
            ? new(FileState.NotAFile, default, "a device, or a file that grows while it is read")
            : new(FileState.Read, buffer.AsMemory(0, length), null);
    }

    // O_NONBLOCK: opening a FIFO without a writer would wait for ever. It changes nothing for regular files.
    private static SafeFileHandle? Open(string native, out FileContent? failure)
    {
        failure = null;
        if (OperatingSystem.IsWindows())
            return File.OpenHandle(native, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var handle = OpenUnix(native, OperatingSystem.IsMacOS() ? 0x0000_0004 | 0x0100_0000 : 0x0000_0800 | 0x0008_0000);
        if (!handle.IsInvalid)
            return handle;
        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        const int ENOENT = 2, EACCES = 13, ENOTDIR = 20, EPERM = 1;
        failure = error switch
        {
            ENOENT or ENOTDIR => new(FileState.Missing, default, "no such file"),
            EACCES or EPERM => new(FileState.Unreadable, default, "permission denied"),
            _ => new(FileState.NotAFile, default, Marshal.GetPInvokeErrorMessage(error)),
        };
        return null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenUnix(string path, int flags);
}
