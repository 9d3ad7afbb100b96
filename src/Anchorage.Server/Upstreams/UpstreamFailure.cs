using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Anchorage.Server.Upstreams;

/// <summary>In which phase an upstream failed us.</summary>
internal enum UpstreamPhase
{
    Connect,
    Tls,
    Response,
    Body,

    /// <summary>It answered, with something that is no index page or not the promised bytes.</summary>
    Content,
}

/// <summary>Somebody else's failure: which upstream, in which phase, why. Becomes 502 or 504, never 404.</summary>
internal sealed record UpstreamFailure(string Upstream, UpstreamPhase Phase, string Why, bool TimedOut = false)
{
    /// <summary>How long it asked to be left alone; null where it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public Problem ToProblem() => Problems.UpstreamUnavailable(Upstream, Why, TimedOut);

    /// <summary>What an exception of the HTTP client means.</summary>
    public static UpstreamFailure From(string upstream, Exception exception) => exception switch
    {
        UpstreamException known => known.Failure,
        // Our own refusal to dial comes wrapped by the client that was to dial.
        HttpRequestException { InnerException: UpstreamException refused } => refused.Failure,
        HttpRequestException { InnerException: System.Security.Authentication.AuthenticationException tls } =>
            new(upstream, UpstreamPhase.Tls, "its certificate is not trusted: " + tls.Message),
        HttpRequestException { StatusCode: { } status } => new(upstream, UpstreamPhase.Response, $"it answered {(int)status}"),
        HttpRequestException { InnerException: SocketException socket } => new(upstream, UpstreamPhase.Connect, socket.Message),
        HttpRequestException request => new(upstream, UpstreamPhase.Body, request.Message),
        OperationCanceledException or TimeoutException => new(upstream, UpstreamPhase.Response, "it did not answer in time", TimedOut: true),
        // What a redirect names need not be an address.
        UriFormatException => new(upstream, UpstreamPhase.Response, "it redirects to an address that is none"),
        IOException io => new(upstream, UpstreamPhase.Body, io.Message),
        _ => new(upstream, UpstreamPhase.Content, exception.Message),
    };

    public static bool IsExpected(Exception exception) =>
        exception is UpstreamException or HttpRequestException or OperationCanceledException or TimeoutException or UriFormatException or IOException;
}

/// <summary>Carries an <see cref="UpstreamFailure"/> out of deep code.</summary>
internal sealed class UpstreamException(UpstreamFailure failure) : Exception($"{failure.Upstream}: {failure.Why}")
{
    public UpstreamFailure Failure { get; } = failure;
}
