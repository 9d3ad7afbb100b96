// root.pem and root.key on disk. The key is written first: a root.pem that exists always has its key, and a key that a
// crash left alone never signed anything and is written anew.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Tls;

/// <summary>The two files of the built-in authority.</summary>
internal sealed class AuthorityFiles(string directory)
{
    public string RootFile => Path.Combine(directory, "root.pem");

    public string KeyFile => Path.Combine(directory, "root.key");

    public bool Exist => File.Exists(RootFile);

    public void Write(X509Certificate2 root)
    {
        DurableFile.CreateDirectory(directory);
        using var key = root.GetECDsaPrivateKey()!;
        DurableFile.Replace(KeyFile, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), DurableFile.OwnerOnly);
        DurableFile.Replace(RootFile, Encoding.ASCII.GetBytes(root.ExportCertificatePem() + "\n"), DurableFile.Readable);
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
}
