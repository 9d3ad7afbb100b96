// One target, step by step, until something fails: name, address, proxy, TLS, one request. Then, where TLS was refused, the questions that tell why:
// which versions, without the name in the hello. Nothing here judges; see ChainJudge and WireFindings.

using System.Net.Sockets;
using System.Security.Authentication;

namespace Anchorage.Trust;

/// <summary>Shows what a client on this machine meets on its way to a server.</summary>
/// <param name="time">The clock, for bounds and durations.</param>
public sealed class WireProbe(TimeProvider time)
{
    /// <summary>Probes a target.</summary>
    /// <param name="target">An https or http URL. Credentials in it are not sent.</param>
    /// <param name="proxy">The proxy to go through; null = direct.</param>
    /// <param name="options">Bounds, and what else may be asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was seen; a failure is part of it. Never later than <see cref="WireProbeOptions.Total"/>.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<TargetFacts> RunAsync(Uri target, ProxyFacts? proxy = null, WireProbeOptions? options = null, CancellationToken cancellationToken = default)
    {
        var run = new Run(target, proxy, options ?? new WireProbeOptions(), time);
        using var patience = new CancellationTokenSource(run.Options.Total, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await run.ProbeAsync(ended.Token);
            await run.AskMoreAsync(ended.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            run.OutOfTime();
        }
        return run.Facts;
    }

    // Versions and names are asked at the same time; a server that answers none of them should not take the rest of the time.
    private sealed class Run(Uri target, ProxyFacts? proxy, WireProbeOptions options, TimeProvider time)
    {
        private readonly WireConnector connector = new(options, time);
        private readonly WireObservation seen = new();
        private readonly long started = time.GetTimestamp();

        public WireProbeOptions Options => options;

        public TargetFacts Facts { get; private set; } = new() { Url = target, Proxy = proxy, Reached = ProbePhase.Resolve };

        public async Task ProbeAsync(CancellationToken cancellationToken)
        {
            try
            {
                // A plain HTTP proxy is asked for plain HTTP pages without a tunnel: there is nothing to learn about TLS on that way.
                var stream = await connector.OpenAsync(target, target.Scheme == Uri.UriSchemeHttp ? null : proxy?.Url, seen, cancellationToken);
                if (target.Scheme == Uri.UriSchemeHttp)
                {
                    await using (stream)
                        await RequestAsync(stream, cancellationToken);
                }
                else
                {
                    await HandshakeAsync(stream, cancellationToken);
                }
            }
            catch (WireException e)
            {
                Fail(e.Phase, e.Failure, e.Message);
            }
            Facts = Facts with { Elapsed = time.GetElapsedTime(started) };
        }

        public async Task AskMoreAsync(CancellationToken cancellationToken)
        {
            if (Facts is { Reached: ProbePhase.Handshake, Failure: WireFailure.HandshakeRefused or WireFailure.ConnectionReset or WireFailure.ConnectionClosed or WireFailure.Malformed })
                await AskForVersionsAsync(cancellationToken);
            if (Facts.CipherSuite is { } suite && DiagnosticHandshake.RsaKeyExchange.Contains(suite))
                Facts = Facts with { NeedsRsaKeyExchange = await AskAsync(ServerName, [0x0303], withRsaKeyExchange: false, cancellationToken) is null };
            if (options.ComparesDirect && proxy is not null && Facts.Chain.Count > 0)
                Facts = Facts with { DirectChain = await DirectChainAsync(cancellationToken) };
            if (options.FetchesIssuer && Facts.Chain.Count > 0)
                Facts = Facts with { FetchedIssuer = await new IssuerFetch(connector).MissingIssuerAsync(Facts.Chain, cancellationToken) };
            if (options.ChecksRevocation && Facts.Chain.Count > 0)
                Facts = Facts with { RevokedAt = await new IssuerFetch(connector).RevokedAtAsync(Facts.Chain, Facts.FetchedIssuer, cancellationToken) };
        }

        public void OutOfTime()
        {
            // What was asked beside the probe itself may run out of time; its own result stands.
            if (Facts.Elapsed is null)
                Fail(Facts.Reached, WireFailure.TimedOut, $"no end within {options.Total.TotalSeconds:0.#} s");
            Facts = Facts with { Elapsed = time.GetElapsedTime(started) };
        }

        private string? ServerName => HostNames.AddressOf(target.IdnHost) is null ? target.IdnHost : null;

        private void Fail(ProbePhase phase, WireFailure failure, string detail)
        {
            var scheme = seen.ProxyScheme;
            Facts = Observed() with
            {
                Reached = scheme?.Phase ?? phase,
                Failure = scheme?.Failure ?? failure,
                FailureDetail = DistinguishedName.Printable(scheme?.Message ?? detail),
                ClearText = failure == WireFailure.NotTls ? detail : null,
            };
        }

        private TargetFacts Observed() => Facts with
        {
            Addresses = seen.Addresses,
            ProxyStatus = seen.ProxyStatus,
            ProxyAuthentication = seen.ProxyAuthentication,
            ProxyChain = seen.ProxyChain,
        };

        private async Task HandshakeAsync(Stream stream, CancellationToken cancellationToken)
        {
            Facts = Observed() with { Reached = ProbePhase.Handshake };
            using var watch = new RecordWatch(stream);
            DiagnosticHandshake handshake;
            try
            {
                handshake = await connector.WithinAsync(
                    ProbePhase.Handshake, token => DiagnosticHandshake.RunAsync(watch, target.IdnHost, ProbePhase.Handshake, token), cancellationToken);
            }
            catch (WireException e)
            {
                Facts = Facts with { Alert = watch.Alert, AsksForClientCertificate = e.AsksForClientCertificate };
                throw;
            }
            await using (handshake)
            {
                Facts = Facts with
                {
                    Chain = handshake.Chain,
                    Protocol = handshake.Protocol,
                    CipherSuite = handshake.CipherSuite,
                    ApplicationProtocol = handshake.ApplicationProtocol,
                    AsksForClientCertificate = handshake.AsksForClientCertificate,
                    Reached = ProbePhase.Request,
                };
                await RequestAsync(handshake.Stream, cancellationToken);
            }
            if (seen.ProxyScheme is { } scheme)
                Fail(scheme.Phase, scheme.Failure, scheme.Message);
        }

        private async Task RequestAsync(Stream stream, CancellationToken cancellationToken)
        {
            try
            {
                var (head, received) = await connector.WithinAsync(
                    ProbePhase.Request,
                    async token =>
                    {
                        await stream.WriteAsync(HttpExchange.Request(options.FindsFileHost ? "GET" : "HEAD", target), token);
                        return await HttpExchange.ReadHeadAsync(stream, token);
                    },
                    cancellationToken);
                if (head is null)
                    throw new WireException(ProbePhase.Request, received.Length == 0 ? WireFailure.ConnectionClosed : WireFailure.Malformed, "no HTTP answer");
                Facts = Observed() with { Reached = ProbePhase.Done, HttpStatus = head.Status, ServerDate = head.Date };
                if (options.FindsFileHost && head.Status == 200)
                {
                    var body = await connector.WithinAsync(
                        ProbePhase.Request, token => HttpExchange.ReadBodyAsync(stream, FileLinks.MostRead, token), cancellationToken);
                    Facts = Facts with { FileHost = FileLinks.FirstOtherHost(body, target) };
                }
            }
            catch (WireException e) when (e.Failure == WireFailure.TimedOut && Facts.HttpStatus is not null)
            {
                // A page without an end: what was read of its head stands.
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
            {
                Facts = Observed() with { Alert = DiagnosticHandshake.AlertIn(e) };
                throw new WireException(ProbePhase.Request, WireFailure.ConnectionReset, e.InnerException?.Message ?? e.Message);
            }
        }

        private async Task AskForVersionsAsync(CancellationToken cancellationToken)
        {
            var withoutName = ServerName is null ? Task.FromResult<ushort?>(null) : AskAsync(null, [0x0304, 0x0303], withRsaKeyExchange: true, cancellationToken);
            var answers = await Task.WhenAll(HelloProbe.Versions.Select(version => AskAsync(ServerName, [version.Number], withRsaKeyExchange: true, cancellationToken)));
            var offered = HelloProbe.Versions.Where((version, i) => answers[i] == version.Number).Select(version => version.Protocol).ToList();
            // A name that is refused hides the versions.
            Facts = Facts with { OfferedVersions = offered, WorksWithoutSni = ServerName is null ? null : await withoutName is not null && offered.All(version => version < SslProtocols.Tls12) };
        }

        private async Task<ushort?> AskAsync(string? serverName, ushort[] versions, bool withRsaKeyExchange, CancellationToken cancellationToken)
        {
            try
            {
                await using var stream = await connector.OpenAsync(target, proxy?.Url, new WireObservation { ProxyScheme = seen.ProxyScheme }, cancellationToken);
                return await connector.WithinAsync(
                    ProbePhase.Handshake, token => HelloProbe.AskAsync(stream, serverName, versions, withRsaKeyExchange, token), cancellationToken);
            }
            catch (Exception e) when (e is WireException or IOException or SocketException)
            {
                return null;
            }
        }

        private async Task<IReadOnlyList<ReadOnlyMemory<byte>>?> DirectChainAsync(CancellationToken cancellationToken)
        {
            try
            {
                using var watch = new RecordWatch(await connector.OpenAsync(target, null, new WireObservation(), cancellationToken));
                await using var handshake = await connector.WithinAsync(
                    ProbePhase.Handshake, token => DiagnosticHandshake.RunAsync(watch, target.IdnHost, ProbePhase.Handshake, token), cancellationToken);
                return handshake.Chain;
            }
            catch (WireException)
            {
                return null;
            }
        }
    }
}
