// The machine that the tests run on: whatever Pythons it has, their own pips are found with the versions that they say.

using System.Diagnostics;
using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Gather;

public class ThisMachineTests
{
    [Fact]
    public async Task Every_pip_of_this_machine_is_found_with_its_version_and_its_interpreter_answers()
    {
        var request = GatherRequest.OfThisProcess([new Uri("https://pypi.org/simple/")], TimeProvider.System);
        var started = Stopwatch.GetTimestamp();
        var facts = await MachineGathering.GatherAsync(request, TestContext.Current.CancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);

        var pips = facts.Clients.Where(client => client.Kind == ClientKind.Pip).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"{pips.Count} pips, {facts.Clients.Count} clients, {facts.Bundles.Count} bundles in {elapsed.TotalMilliseconds:0} ms");
        foreach (var client in facts.Clients)
            TestContext.Current.TestOutputHelper.WriteLine($"{client.Id}: {string.Join(' ', client.Trust.Select(source => $"{source.Kind}:{source.Path}"))} {client.Python?.OpenSslVersion} {client.Broken}");
        foreach (var gap in facts.Gaps)
            TestContext.Current.TestOutputHelper.WriteLine(gap);

        using var home = new TestDirectory();
        foreach (var python in PythonInstallations.Clients.Where(client => client.PipWheel is null))
        {
            var said = await Commands.RunAsync(python.Python, ["-m", "pip", "--version"], home, TestContext.Current.CancellationToken);
            var version = said.MustSucceed().Output.Split(' ')[1];
            var real = File.ResolveLinkTarget(python.Python, returnFinalTarget: true)?.FullName ?? python.Python;
            var found = Assert.Single(pips, pip => (File.ResolveLinkTarget(pip.Python!.Path, returnFinalTarget: true)?.FullName ?? pip.Python.Path) == real);
            Assert.Equal(version, found.Version);
            Assert.True(found.Python!.HasSsl);
            Assert.NotNull(found.Python.OpenSslVersion);
            Assert.NotNull(found.Python.OpenSslDirectory);
        }
    }
}
