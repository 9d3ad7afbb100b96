using System.Diagnostics;
using System.Text;
using Anchorage.Doctor.Tests.Laboratory;

namespace Anchorage.Doctor.Tests;

/// <summary>Beside no other test: what is allocated meanwhile is counted for the whole process.</summary>
[CollectionDefinition(nameof(HostileServerTests), DisableParallelization = true)]
[Collection(nameof(HostileServerTests))]
public sealed class HostileServerTests
{
    private static readonly TimeSpan Total = TimeSpan.FromSeconds(4);

    private static Task<TargetFacts> ProbeAsync(int port, int? proxy)
    {
        var through = proxy is null ? null : new ProxyFacts(new Uri($"http://127.0.0.1:{proxy}"), new SettingFact(SettingOrigin.Environment, "HTTPS_PROXY", null, "HTTPS_PROXY", ""), false);
        var options = new WireProbeOptions { Step = TimeSpan.FromSeconds(1), Total = Total };
        return new WireProbe(TimeProvider.System).RunAsync(new Uri($"https://localhost:{port}/simple/"), through, options, TestContext.Current.CancellationToken);
    }

    public static TheoryData<string> HostileServers => ["endless garbage", "endless handshake records", "endless alerts", "one byte at a time", "a huge certificate", "an endless proxy answer", "a silent server"];

    [Theory]
    [MemberData(nameof(HostileServers))]
    public async Task A_hostile_server_costs_bounded_time_and_memory(string what)
    {
        byte[] fragment = [0x16, 3, 3, 0x3F, 0xFF, .. new byte[0x3FFF]];
        byte[] startOfCertificate = [0x16, 3, 3, 0x40, 0, 11, 0xFF, 0xFF, 0xFF, .. new byte[0x3FFC]];
        using var server = what switch
        {
            "endless garbage" => ScriptedServer.Endless(Enumerable.Repeat((byte)'A', 65_536).ToArray()),
            "endless handshake records" => ScriptedServer.Endless(fragment),
            "endless alerts" => ScriptedServer.Endless([0x15, 3, 3, 0, 2, 1, 90]),
            "one byte at a time" => ScriptedServer.Dripping([0x16, 3, 3, 0x3F, 0xFF, .. new byte[20_000]], TimeSpan.FromMilliseconds(20)),
            "a huge certificate" => ScriptedServer.Endless(fragment, startOfCertificate),
            "an endless proxy answer" => ScriptedServer.Endless(Encoding.ASCII.GetBytes(new string('x', 65_536)), "HTTP/1.1 200 OK\r\n"u8.ToArray()),
            _ => ScriptedServer.Silent(),
        };
        var clock = Stopwatch.StartNew();
        var before = GC.GetTotalAllocatedBytes();

        var facts = await (what.Contains("proxy", StringComparison.Ordinal) ? ProbeAsync(443, server.Port) : ProbeAsync(server.Port, null));

        Assert.NotNull(facts.Failure);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Total + TimeSpan.FromSeconds(3));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
    }
}
