using System.Text;

namespace Anchorage.Testing;

/// <summary>An empty folder of its own for one test, removed with everything in it.</summary>
public sealed class TestDirectory : IDisposable
{
    private static readonly UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder.</summary>
    public TestDirectory()
    {
        Path = Directory.CreateTempSubdirectory("anchorage-test-").FullName;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>A path below the folder.</summary>
    public string PathOf(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Makes a folder below this one.</summary>
    public string MakeDirectory(params string[] parts) => Directory.CreateDirectory(PathOf(parts)).FullName;

    /// <summary>Writes a file below the folder, making the folders on the way, and returns its path.</summary>
    public string Write(string relativePath, ReadOnlySpan<byte> content)
    {
        var path = PathOf(relativePath);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using var file = File.Create(path);
        file.Write(content);
        return path;
    }

    /// <summary>Writes a text file below the folder.</summary>
    public string Write(string relativePath, string content) => Write(relativePath, Encoding.UTF8.GetBytes(content));

    /// <summary>Writes a program (a script with its <c>#!</c> line) below the folder.</summary>
    public string WriteProgram(string relativePath, string content)
    {
        var path = Write(relativePath, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, ownerOnly);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that a test made unreadable, or a killed child that still writes: once more with the right to.
            MakeAccessible();
            Directory.Delete(Path, recursive: true);
        }
    }

    private void MakeAccessible()
    {
        if (OperatingSystem.IsWindows())
            return;
        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(Path)]);
        while (pending.TryPop(out var folder))
        {
            folder.UnixFileMode = ownerOnly;
            foreach (var child in folder.EnumerateDirectories().Where(child => child.LinkTarget is null))
                pending.Push(child);
        }
    }
}
