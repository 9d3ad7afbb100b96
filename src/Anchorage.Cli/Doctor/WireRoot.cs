// A root that the server itself sends proves nothing: whoever is in between sends one too. It is offered only to somebody
// who types the fingerprint that the IT department gave by another way, and only if the two are the same.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Anchorage.Trust;

namespace Anchorage.Cli;

internal static class WireRoot
{
    public static IReadOnlyList<X509Certificate2> Ask(Examination examination, Language language)
    {
        var sent = examination.Targets.SelectMany(target => target.Chain).Select(Load).OfType<X509Certificate2>()
            .Where(certificate => CertificateFile.WhyNoRoot(certificate, examination.Machine.Now) is null && PublicRoots.Find(certificate.RawDataMemory.Span) is null)
            .DistinctBy(ServerChain.Fingerprint).ToList();
        if (sent.Count == 0)
        {
            return [];
        }
        foreach (var root in sent)
        {
            Console.Error.WriteLine(Terminal.CleanLine(language.Say($"The server also sent the root {root.Subject}.", $"服务器还发送了根证书 {root.Subject}。")));
        }
        // The fingerprint is not shown: it must come from elsewhere, not be copied from here.
        Console.Error.Write(language.Say(
            "If the IT department gave you the SHA-256 fingerprint of its root, type it (Enter to skip): ",
            "如果 IT 部门给了您其根证书的 SHA-256 指纹，请输入（直接按回车跳过）："));
        var typed = Normal(Console.ReadLine() ?? "");
        var matching = sent.Where(root => ServerChain.Fingerprint(root) == typed).ToList();
        if (typed.Length > 0 && matching.Count == 0)
        {
            Console.Error.WriteLine(language.Say(
                "That is not the fingerprint of what the server sent. Nothing is trusted; tell the IT department.", "这与服务器发送的证书指纹不符。不予信任；请告知 IT 部门。"));
        }
        return matching;
    }

    private static string Normal(string typed) => new([.. typed.Where(char.IsAsciiHexDigit).Select(char.ToLowerInvariant)]);

    private static X509Certificate2? Load(ReadOnlyMemory<byte> der)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(der.Span);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
