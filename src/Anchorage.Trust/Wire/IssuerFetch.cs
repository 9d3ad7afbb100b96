// Two things that a certificate itself says where to find, over http as RFC 5280 has it, and only when asked: the issuer that the server should have
// sent, and the issuer's revocation list. What is fetched is believed only as far as its signature goes.

using System.Formats.Asn1;
using System.Net.Sockets;

namespace Anchorage.Trust;

internal sealed class IssuerFetch(WireConnector connector)
{
    private const int LargestIssuer = 64 * 1024;
    private const int LargestList = 4 * 1024 * 1024;

    /// <summary>The issuer of the last certificate that was sent in a row, where it was not sent.</summary>
    public async Task<ReadOnlyMemory<byte>?> MissingIssuerAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, CancellationToken cancellationToken)
    {
        if (TopOf(chain) is not { IsSelfIssued: false } top)
            return null;
        foreach (var url in top.IssuerUrls.Take(2))
        {
            if (await FetchAsync(url, LargestIssuer, cancellationToken) is { } body
                && CertificateFacts.TryRead(DerOf(body, "CERTIFICATE"), out var issuer, out _)
                && Issuing.IsLikely(issuer, top) && SignatureCheck.Of(top, issuer) == SignatureState.Good)
                return issuer.Der;
        }
        return null;
    }

    /// <summary>When the leaf was revoked, by a list that its issuer signed; null where no list says so.</summary>
    public async Task<DateTimeOffset?> RevokedAtAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, ReadOnlyMemory<byte>? fetchedIssuer, CancellationToken cancellationToken)
    {
        var certificates = Read(fetchedIssuer is { } more ? [.. chain, more] : chain);
        if (certificates.Count == 0 || certificates[0].IsSelfIssued)
            return null;
        var leaf = certificates[0];
        var issuer = certificates.Skip(1).FirstOrDefault(candidate => Issuing.IsLikely(candidate, leaf));
        foreach (var url in leaf.RevocationListUrls.Take(2))
        {
            if (issuer is not null && await FetchAsync(url, LargestList, cancellationToken) is { } body)
                return RevocationList.RevokedAt(DerOf(body, "X509 CRL"), leaf, issuer);
        }
        return null;
    }

    // The last certificate of the row that starts with the leaf, each issued by the next.
    private static CertificateFacts? TopOf(IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        var certificates = Read(chain);
        var top = certificates.FirstOrDefault();
        for (var left = certificates.Skip(1).ToList(); top is not null;)
        {
            var issuer = top.IsSelfIssued ? null : left.Find(candidate => Issuing.IsLikely(candidate, top));
            if (issuer is null)
                return top;
            left.Remove(issuer);
            top = issuer;
        }
        return top;
    }

    private static List<CertificateFacts> Read(IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        var certificates = new List<CertificateFacts>();
        foreach (var der in chain)
        {
            if (CertificateFacts.TryRead(der, out var facts, out _))
                certificates.Add(facts);
        }
        return certificates;
    }

    private static ReadOnlyMemory<byte> DerOf(byte[] body, string label)
    {
        var text = System.Text.Encoding.ASCII.GetString(body);
        if (!System.Security.Cryptography.PemEncoding.TryFind(text, out var fields) || !text.AsSpan()[fields.Label].SequenceEqual(label))
            return body;
        return Convert.FromBase64String(text[fields.Base64Data]);
    }

    private async Task<byte[]?> FetchAsync(string address, int most, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
            return null;
        try
        {
            await using var stream = await connector.ConnectAsync(url.IdnHost, url.Port, isProxy: false, new WireObservation(), cancellationToken);
            return await connector.WithinAsync(
                ProbePhase.Request,
                async token =>
                {
                    await stream.WriteAsync(HttpExchange.Request("GET", url), token);
                    var (head, _) = await HttpExchange.ReadHeadAsync(stream, token);
                    return head?.Status == 200 ? await HttpExchange.ReadBodyAsync(stream, most, token) : null;
                },
                cancellationToken);
        }
        catch (Exception e) when (e is WireException or IOException or SocketException or AsnContentException)
        {
            return null;
        }
    }
}
