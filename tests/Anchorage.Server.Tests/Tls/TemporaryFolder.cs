namespace Anchorage.Server.Tests.Tls;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("anchorage-tls-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file as other programs do: in place.</summary>
    public string Write(string name, string text)
    {
        using var writer = new StreamWriter(File(name));
        writer.Write(text);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
