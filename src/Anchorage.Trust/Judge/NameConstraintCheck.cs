using System.Net;

namespace Anchorage.Trust;

internal static class NameConstraintCheck
{
    /// <summary>The first name of a certificate that an authority above it may not vouch for, with OpenSSL's code; null where all are fine.</summary>
    public static (int Code, string Name)? FirstViolation(CertificateFacts certificate, NameConstraints constraints, bool isLeaf)
    {
        foreach (var (name, matches, isOfKind) in NamesOf(certificate, isLeaf))
        {
            var permitted = constraints.Permitted.Where(isOfKind).ToList();
            if (permitted.Count > 0 && !permitted.Any(matches))
                return (VerifyCode.NotPermitted, name);
            if (constraints.Excluded.Where(isOfKind).Any(matches))
                return (VerifyCode.Excluded, name);
        }
        return null;
    }

    private static IEnumerable<(string Name, Func<NameTree, bool> Matches, Func<NameTree, bool> IsOfKind)> NamesOf(CertificateFacts certificate, bool isLeaf)
    {
        if (certificate.Subject.Attributes.Count > 0)
            yield return (certificate.Subject.Text, tree => certificate.Subject.IsWithin(tree.Directory!), tree => tree.Directory is not null);
        IEnumerable<string> hosts = certificate.DnsNames ?? [];
        if (isLeaf && certificate.DnsNames is not { Count: > 0 } && certificate.Subject.CommonName is { } common && LooksLikeHost(common))
            hosts = [common];
        foreach (var host in hosts)
            yield return (host, tree => IsInDomain(host, tree.Dns!), tree => tree.Dns is not null);
        foreach (var mail in certificate.MailAddresses)
            yield return (mail, tree => IsMailIn(mail, tree.Mail!), tree => tree.Mail is not null);
        foreach (var address in certificate.Addresses)
        {
            var bytes = address.GetAddressBytes();
            yield return (address.ToString(), tree => IsInNetwork(bytes, tree.Network!), tree => tree.Network is not null && tree.Network.Length == 2 * bytes.Length);
        }
    }

    private static bool LooksLikeHost(string name) => name.Contains('.', StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');

    private static bool IsInDomain(string host, string tree)
    {
        if (tree.Length == 0)
            return true;
        return host.EndsWith(tree, StringComparison.OrdinalIgnoreCase)
            && (host.Length == tree.Length || tree[0] == '.' || host[host.Length - tree.Length - 1] == '.');
    }

    private static bool IsMailIn(string mail, string tree)
    {
        if (tree.Contains('@', StringComparison.Ordinal))
            return mail.Equals(tree, StringComparison.OrdinalIgnoreCase);
        var host = mail[(mail.LastIndexOf('@') + 1)..];
        return tree.StartsWith('.') ? host.EndsWith(tree, StringComparison.OrdinalIgnoreCase) : host.Equals(tree, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsInNetwork(byte[] address, byte[] tree)
    {
        for (var i = 0; i < address.Length; i++)
        {
            if ((address[i] & tree[address.Length + i]) != (tree[i] & tree[address.Length + i]))
                return false;
        }
        return true;
    }
}
