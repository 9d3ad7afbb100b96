// The host names and addresses of an installation, as X.509 writes them down: as the names a certificate is for
// (RFC 5280 §4.2.1.6) and as the names a root may vouch for (§4.2.1.10).

using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Server.Tls;

/// <summary>A set of DNS names and IP addresses.</summary>
internal sealed record HostNames(IReadOnlyList<string> Dns, IReadOnlyList<IPAddress> Addresses)
{
    private const string NameConstraintsOid = "2.5.29.30";
    private static readonly Asn1Tag PermittedSubtrees = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag IPAddressName = new(TagClass.ContextSpecific, 7);

    /// <summary>Sorts what an operator wrote into names and addresses; each once, in the order given.</summary>
    public static HostNames From(IEnumerable<string> hosts)
    {
        var dns = new List<string>();
        var addresses = new List<IPAddress>();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                // A scope ("%eth0") belongs to an interface, not to the address that a certificate can name.
                addresses.Add(new IPAddress(address.GetAddressBytes()));
            }
            else
            {
                dns.Add(host.TrimEnd('.').ToLowerInvariant());
            }
        }
        return new HostNames([.. dns.Distinct()], [.. addresses.Distinct()]);
    }

    /// <summary>
    /// What this machine is called: by itself, by its resolver, and by loopback. The resolver may ask the network, so it
    /// gets a moment only; a name it could not tell is one the operator can give in <c>Tls:Hosts</c>.
    /// </summary>
    public static async Task<IReadOnlyList<string>> OfThisMachineAsync(CancellationToken cancellationToken)
    {
        var names = new List<string> { "localhost", "127.0.0.1", "::1" };
        var machine = System.Net.Dns.GetHostName();
        if (Uri.CheckHostName(machine) == UriHostNameType.Dns)
        {
            names.Add(machine);
            try
            {
                var entry = await System.Net.Dns.GetHostEntryAsync(machine, cancellationToken).WaitAsync(TimeSpan.FromSeconds(1), cancellationToken);
                if (Uri.CheckHostName(entry.HostName) == UriHostNameType.Dns)
                {
                    names.Add(entry.HostName);
                }
            }
            catch (Exception e) when (e is SocketException or TimeoutException)
            {
                // No fully qualified name: the machine's short name stands alone.
            }
        }
        return names;
    }

    /// <summary>True where a root with these constraints may sign a certificate for <paramref name="host"/>.</summary>
    public bool Permits(string host) =>
        IPAddress.TryParse(host, out var address)
            ? Addresses.Any(permitted => permitted.GetAddressBytes().AsSpan().SequenceEqual(address.GetAddressBytes()))
            : Dns.Contains(host.TrimEnd('.').ToLowerInvariant());

    public X509Extension ToAlternativeNames(bool withAddresses)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in Dns)
        {
            builder.AddDnsName(name);
        }
        if (withAddresses)
        {
            foreach (var address in Addresses)
            {
                builder.AddIpAddress(address);
            }
        }
        return builder.Build();
    }

    /// <summary>
    /// Critical permittedSubtrees of exactly these names: whoever steals the root's key can imitate this installation only.
    /// A kind of name without an entry would be free (RFC 5280 §4.2.1.10): loopback sees to one of each kind.
    /// </summary>
    public X509Extension ToNameConstraints()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(PermittedSubtrees))
        {
            foreach (var name in Dns)
            {
                using (writer.PushSequence())
                {
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, name, DnsName);
                }
            }
            foreach (var address in Addresses)
            {
                var bytes = address.GetAddressBytes();
                var mask = new byte[bytes.Length];
                Array.Fill(mask, (byte)0xff);
                using (writer.PushSequence())
                {
                    writer.WriteOctetString([.. bytes, .. mask], IPAddressName);
                }
            }
        }
        return new X509Extension(NameConstraintsOid, writer.Encode(), critical: true);
    }

    /// <summary>The names that <paramref name="root"/> may vouch for, or null where it is not constrained.</summary>
    public static HostNames? PermittedBy(X509Certificate2 root)
    {
        if (root.Extensions[NameConstraintsOid] is not { } extension)
        {
            return null;
        }
        var hosts = new List<string>();
        var subtrees = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence().ReadSequence(PermittedSubtrees);
        while (subtrees.HasData)
        {
            var subtree = subtrees.ReadSequence();
            if (subtree.PeekTag().HasSameClassAndValue(DnsName))
            {
                hosts.Add(subtree.ReadCharacterString(UniversalTagNumber.IA5String, DnsName));
            }
            else if (subtree.PeekTag().HasSameClassAndValue(IPAddressName))
            {
                var addressAndMask = subtree.ReadOctetString(IPAddressName);
                hosts.Add(new IPAddress(addressAndMask.AsSpan(0, addressAndMask.Length / 2)).ToString());
            }
        }
        return From(hosts);
    }

    public override string ToString() => string.Join(", ", Dns.Concat(Addresses.Select(address => address.ToString())));
}
