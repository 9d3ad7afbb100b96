using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Anchorage.Testing;

/// <summary>How a registry under test is set up, by intent. Both ways to start one (in this process, as a child) understand it.</summary>
public sealed class RegistrySettings
{
    private readonly List<(string Name, string Value)> settings = [];
    private string? upstreamRootPem;

    internal TimeProvider? Clock { get; private set; }

    internal Action<IServiceCollection>? Replacements { get; private set; }

    /// <summary>The index <c>pypi</c> mirrors this Simple API; <paramref name="rootPem"/> is the root to trust for it.</summary>
    public RegistrySettings WithUpstream(Uri simpleUrl, string rootPem)
    {
        upstreamRootPem = rootPem;
        return With("Upstream:Url", simpleUrl.AbsoluteUri);
    }

    /// <summary>The index <c>pypi</c> mirrors a fake upstream.</summary>
    public RegistrySettings WithUpstream(FakeUpstream upstream) => WithUpstream(upstream.SimpleUrl, upstream.RootPem);

    /// <summary>The index <c>pypi</c> mirrors the index <c>main</c> of another registry.</summary>
    public RegistrySettings WithUpstream(RegistryHost upstream) => WithUpstream(new Uri(upstream.Address, "/main/simple/"), upstream.RootPem);

    /// <summary>The index <c>pypi</c> mirrors an nginx.</summary>
    public RegistrySettings WithUpstream(NginxUpstream upstream) => WithUpstream(upstream.SimpleUrl, upstream.RootPem);

    /// <summary>Reading takes no credentials.</summary>
    public RegistrySettings WithAnonymousReading() => With("Access:AnonymousReading", "true");

    /// <summary>Reading takes credentials, on loopback too.</summary>
    public RegistrySettings WithoutAnonymousReading() => With("Access:AnonymousReading", "false");

    /// <summary>How long a mirrored page is served without asking the upstream again.</summary>
    public RegistrySettings WithPagesFreshFor(TimeSpan duration) => With("Mirror:FreshFor", duration.ToString("c", CultureInfo.InvariantCulture));

    /// <summary>How long a mirrored page is served while the upstream fails.</summary>
    public RegistrySettings WithPagesStaleFor(TimeSpan duration) => With("Mirror:StaleFor", duration.ToString("c", CultureInfo.InvariantCulture));

    /// <summary>The largest file that may be uploaded.</summary>
    public RegistrySettings WithLargestFile(long bytes) => With("Upload:MaxFileBytes", bytes.ToString(CultureInfo.InvariantCulture));

    /// <summary>A clock that the test moves (in-process registries only).</summary>
    public RegistrySettings WithClock(TimeProvider clock)
    {
        Clock = clock;
        return this;
    }

    /// <summary>Parts that fail on purpose (in-process registries only).</summary>
    internal RegistrySettings WithParts(Action<IServiceCollection> replace)
    {
        Replacements = replace;
        return this;
    }

    /// <summary>Any other setting by its configuration name.</summary>
    public RegistrySettings With(string name, string value)
    {
        settings.Add((name, value));
        return this;
    }

    /// <summary>The command line. Without an upstream of its own a test's registry knows a dead one: only loopback may be dialled.</summary>
    internal string[] ToArguments(TestDirectory data, int port)
    {
        var arguments = new List<string> { "--data", data.PathOf("registry"), "--listen", $"https://localhost:{port}" };
        if (upstreamRootPem is null)
        {
            if (settings.All(setting => setting.Name != "Upstream:Url"))
                arguments.AddRange(["--Upstream:Url", "https://localhost:9/simple/"]);
        }
        else
        {
            arguments.AddRange(["--Upstream:TrustAnchors", data.Write("upstream-root.pem", upstreamRootPem)]);
        }
        // Every upstream of a test is on this machine.
        if (settings.All(setting => setting.Name != "Upstream:AllowedNetworks"))
            arguments.AddRange(["--Upstream:AllowedNetworks", "127.0.0.0/8,::1/128"]);
        foreach (var (name, value) in settings)
            arguments.AddRange([$"--{name}", value]);
        return [.. arguments];
    }
}
