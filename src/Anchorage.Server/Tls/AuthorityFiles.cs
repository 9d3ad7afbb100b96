// root.pem and root.key on disk. The key is written first: a root.pem that exists always has its key, and a key that a
// crash left alone never signed anything and is written anew.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Server.Tls;

/// <summary>The two files of the built-in authority.</summary>
internal sealed class AuthorityFiles(string directory)
{
    private const UnixFileMode KeyMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode RootMode = KeyMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string RootFile => Path.Combine(directory, "root.pem");

    public string KeyFile => Path.Combine(directory, "root.key");

    public bool Exist => File.Exists(RootFile);

    public async Task WriteAsync(X509Certificate2 root, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        using var key = root.GetECDsaPrivateKey()!;
        await WriteDurablyAsync(KeyFile, key.ExportPkcs8PrivateKeyPem() + "\n", KeyMode, cancellationToken);
        await WriteDurablyAsync(RootFile, root.ExportCertificatePem() + "\n", RootMode, cancellationToken);
    }

    public async Task<X509Certificate2> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var root = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(RootFile, cancellationToken));
            using var key = ECDsa.Create();
            key.ImportFromPem(await File.ReadAllTextAsync(KeyFile, cancellationToken));
            return root.CopyWithPrivateKey(key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new TlsSetupException($"The built-in authority cannot be used: {RootFile} and {KeyFile} must be readable and belong together "
                + $"({e.Message}). Restore both from a backup; or move the folder {directory} away, and the next start creates a new root, which "
                + "every client must then trust.", e);
        }
    }

    private static async Task WriteDurablyAsync(string path, string text, UnixFileMode mode, CancellationToken cancellationToken)
    {
        var staged = path + ".new";
        File.Delete(staged);
        var creation = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            creation.UnixCreateMode = mode;
        }
        await using (var stream = new FileStream(staged, creation))
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text), cancellationToken);
            stream.Flush(flushToDisk: true);
        }
#pragma warning disable RS0030 // Staged and flushed above.
        File.Move(staged, path, overwrite: true);
#pragma warning restore RS0030
    }
}
