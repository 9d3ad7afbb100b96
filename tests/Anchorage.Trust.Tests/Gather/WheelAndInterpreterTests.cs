// Pips that are run from their wheels, and interpreters that do not answer as a Python would.

using System.Diagnostics;
using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Gather;

public class WheelAndInterpreterTests
{
    private static Task<MachineFacts> GatherAsync(TestDirectory home, params PythonRequest[] pythons) => MachineGathering.GatherAsync(
        new GatherRequest
        {
            Targets = [new Uri("https://pypi.org/simple/")],
            Pythons = pythons,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["PIP_CONFIG_FILE"] = "/dev/null" },
            WorkingDirectory = home.Path,
            Home = home.Path,
            Platform = MachinePlatform.Linux,
            Time = TimeProvider.System,
            AsksInterpreters = true,
        },
        TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("ensurepip", "pip-18.1-py2.py3-none-any.whl", "18.1", 128, "2018-08-24")]
    [InlineData("ensurepip", "pip-24.2-py3-none-any.whl", "24.2", 147, "2024-07-04")]
    [InlineData("virtualenv-embed", "pip-26.1.2-py3-none-any.whl", "26.1.2", 137, "2026-02-25")]
    public async Task A_pip_run_from_its_wheel_has_the_bundle_in_it(string folder, string wheel, string version, int roots, string dated)
    {
        using var home = new TestDirectory();
        var facts = await GatherAsync(home, new PythonRequest(PythonOracle.Newest.Python, TestVectors.PathOf(folder, wheel)));

        var pip = Assert.Single(facts.Clients, client => client.Kind == ClientKind.Pip);
        Assert.Equal((version, false), (pip.Version, pip.IsDebianPatched));
        var bundle = facts.Bundles[Assert.Single(pip.Trust, source => source.Kind == TrustSourceKind.Certifi).Path!];
        Assert.Equal((BundleState.Good, roots, dated), (bundle.State, bundle.Certificates.Count, bundle.Dated?.ToString("yyyy-MM-dd", null)));
    }

    [Fact]
    public async Task Debians_wheel_is_told_by_its_content()
    {
        using var home = new TestDirectory();
        var facts = await GatherAsync(home, new PythonRequest(PythonOracle.Newest.Python, TestVectors.PathOf("debian-wheels", "pip-23.0.1-py3-none-any.whl")));
        var pip = Assert.Single(facts.Clients, client => client.Kind == ClientKind.Pip);
        Assert.True(pip.IsDebianPatched);
        Assert.Equal("/etc/ssl/certs/ca-certificates.crt", Assert.Single(pip.Trust).Path);
    }

    [Theory]
    [InlineData("#!/bin/sh\nexec sleep 60\n")]
    [InlineData("#!/bin/sh\nwhile :; do echo flood; done\n")]
    [InlineData("#!/bin/sh\nexit 3\n")]
    [InlineData("no program")]
    public async Task An_interpreter_that_does_not_answer_costs_less_than_a_second_and_is_told(string program)
    {
        using var home = new TestDirectory();
        var python = home.WriteProgram("opt/bin/python3.11", program);
        home.Write("opt/lib/python3.11/site-packages/pip/__init__.py", "__version__ = \"24.0\"\n");
        var started = Stopwatch.GetTimestamp();
        var facts = await GatherAsync(home, new PythonRequest(python));

        // Generous: the machine may be busy. Without the limit it would be a minute.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20));
        Assert.Equal("24.0", Assert.Single(facts.Clients, client => client.Kind == ClientKind.Pip).Version);
        Assert.Contains(facts.Gaps, gap => gap.Contains(python, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_no_Python_is_told()
    {
        using var home = new TestDirectory();
        var facts = await GatherAsync(home, new PythonRequest("/usr/bin/env"), new PythonRequest("nowhere/python3"));
        Assert.DoesNotContain(facts.Clients, client => client.Python is not null);
        Assert.Equal(2, facts.Gaps.Count(gap => gap.Contains("no Python that can be recognised", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Each_target_has_facts_of_its_own()
    {
        using var home = new TestDirectory();
        home.Write(".config/uv/uv.toml", "allow-insecure-host = [\"b.example\"]\n");
        home.WriteProgram("bin/uv", "");
        var all = await MachineGathering.GatherAllAsync(
            new GatherRequest
            {
                Targets = [new Uri("https://a.example/"), new Uri("https://b.example/")],
                Pythons = [new PythonRequest("/none")],
                Environment = new Dictionary<string, string> { ["PATH"] = home.PathOf("bin"), ["HTTPS_PROXY"] = "http://proxy.example:3128", ["NO_PROXY"] = "b.example" },
                WorkingDirectory = home.Path,
                Home = home.Path,
                Platform = MachinePlatform.Linux,
                Time = TimeProvider.System,
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(
            [("http://proxy.example:3128/", null), (null, "allow-insecure-host")],
            all.Select(facts => facts.Clients.Single(client => client.Kind == ClientKind.Uv)).Select(uv => (uv.Proxy?.Url.ToString(), uv.DisabledBy?.Name)));
        Assert.Equal(PublicRoots.Current.Count, all[0].Bundles[PublicRoots.CompiledIn].Certificates.Count);
        Assert.Contains(all[0].Gaps, gap => gap.Contains("uv", StringComparison.Ordinal));
    }
}
