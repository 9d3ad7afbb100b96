// Keeps the served certificate current: renews what the built-in authority signed, and takes over PEM files that changed.

namespace Anchorage.Server.Tls;

/// <summary>Looks after <see cref="ServerCertificate"/> while the registry runs.</summary>
internal sealed partial class CertificateUpkeep : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan RenewalCheck = TimeSpan.FromHours(1);
    private static readonly TimeSpan FileCheck = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ExpiryWarning = TimeSpan.FromDays(14);

    private readonly ServerCertificate _served;
    private readonly BuiltInAuthority? _authority;
    private readonly PemCertificate? _pem;
    private readonly TimeProvider _time;
    private readonly ILogger<CertificateUpkeep> _logger;
    private readonly string? _warning;
    private readonly SemaphoreSlim _checking = new(1);
    private ITimer? _timer;
    private PemFiles? _seen;        // what the last check read
    private PemFiles? _settled;     // what was taken over, or refused aloud: nothing more to say about it
    private string? _unreadable;    // the last reason why nothing could be read
    private DateOnly _warned;

    public CertificateUpkeep(ServerCertificate served, CertificateSource source, TimeProvider time, ILogger<CertificateUpkeep> logger)
    {
        (_served, _time, _logger) = (served, time, logger);
        (_authority, _pem, _settled) = (source.Authority, source.Pem, source.FirstFiles);
        _seen = _settled;
        _warning = source.Warning;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var period = _pem is null ? RenewalCheck : FileCheck;
        _timer = _time.CreateTimer(_ => _ = CheckAsync(), null, period, period);
        if (_warning is not null)
        {
            Log.Doubtful(_logger, _warning);
        }
        WarnBeforeExpiry();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer)
        {
            _timer = null;
            await timer.DisposeAsync();
        }
    }

    /// <summary>One look at the certificate. Never throws: whatever goes wrong, the certificate in use stays in use.</summary>
    public async Task CheckAsync()
    {
        await _checking.WaitAsync();
        try
        {
            if (_authority is not null && _authority.IsDueForRenewal(_served.Current))
            {
                _served.Replace(_authority.Issue());
                Log.Renewed(_logger, _served.Current.Leaf.SerialNumber, _served.Current.NotAfter);
            }
            if (_pem is not null)
            {
                await TakeOverChangedFilesAsync(_pem);
            }
            WarnBeforeExpiry();
        }
#pragma warning disable CA1031 // A timer has no caller: what is not logged here is lost, and the next look may succeed.
        catch (Exception e)
        {
            Log.Failed(_logger, e);
        }
#pragma warning restore CA1031
        finally
        {
            _checking.Release();
        }
    }

    // A pair is written one file after the other. What cannot be used is refused aloud only when it looks the same at two
    // checks in a row; what can be used is taken over at once.
    private async Task TakeOverChangedFilesAsync(PemCertificate pem)
    {
        PemFiles files;
        try
        {
            files = await pem.ReadAsync(CancellationToken.None);
            _unreadable = null;
        }
        catch (TlsSetupException e)
        {
            if (_unreadable == e.Message)
            {
                return;
            }
            _unreadable = e.Message;
            Log.Refused(_logger, e.Message, _served.Current.NotAfter);
            return;
        }
        if (files == _settled)
        {
            _seen = files;
            return;
        }
        try
        {
            _served.Replace(pem.Parse(files));
            _settled = files;
            Log.TakenOver(_logger, PemCertificate.NamesOf(_served.Current.Leaf), _served.Current.Leaf.SerialNumber, _served.Current.NotAfter);
        }
        catch (TlsSetupException e) when (files == _seen)
        {
            _settled = files;
            Log.Refused(_logger, e.Message, _served.Current.NotAfter);
        }
        catch (TlsSetupException)
        {
            // The first sight of it: perhaps half-written.
        }
        _seen = files;
    }

    private void WarnBeforeExpiry()
    {
        var now = _time.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (_served.Current.NotAfter - now > ExpiryWarning || _warned == today)
        {
            return;
        }
        _warned = today;
        Log.Expiring(_logger, _served.Current.NotAfter, _pem is null
            ? "The built-in authority itself is about to expire: move its folder away and restart to create a new one, which clients must then trust."
            : "Replace the files of Tls:Certificate and Tls:Key; the registry takes the new pair without a restart.");
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "TLS certificate renewed by the built-in authority: serial {Serial}, valid until {NotAfter:u}")]
        public static partial void Renewed(ILogger logger, string serial, DateTimeOffset notAfter);

        [LoggerMessage(Level = LogLevel.Information, Message = "TLS certificate files changed and are in use: {Names}, serial {Serial}, valid until {NotAfter:u}")]
        public static partial void TakenOver(ILogger logger, string names, string serial, DateTimeOffset notAfter);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
        public static partial void Doubtful(ILogger logger, string warning);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Reason} The certificate in use stays in use; it is valid until {NotAfter:u}")]
        public static partial void Refused(ILogger logger, string reason, DateTimeOffset notAfter);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The TLS certificate is valid until {NotAfter:u} only. {Advice}")]
        public static partial void Expiring(ILogger logger, DateTimeOffset notAfter, string advice);

        [LoggerMessage(Level = LogLevel.Error, Message = "The TLS certificate could not be checked; the one in use stays in use")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
