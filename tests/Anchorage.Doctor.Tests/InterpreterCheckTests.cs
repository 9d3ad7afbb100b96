using System.Net.Security;
using Anchorage.Doctor.Tests.Laboratory;

namespace Anchorage.Doctor.Tests;

public sealed class InterpreterCheckTests
{
    public static TheoryData<string> Pythons => [.. PythonInstallations.Clients.Where(client => client.PipWheel is null).Select(client => client.Name)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Pythons))]
    public async Task An_interpreter_says_itself_what_the_judge_said(string name)
    {
        var python = PythonInstallations.Get(name);
        var root = LabCertificate.Make(new Recipe { Subject = "O=Lab, CN=Root", IsAuthority = true });
        var leaf = LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = root, Hosts = ["localhost"] });
        using var folder = new TestDirectory();
        var bundle = folder.Write("root.pem", root.Pem);
        using var server = ScriptedServer.Tls(SslStreamCertificateContext.Create(leaf.WithKey, null, offline: true), (tls, token) => tls.ReadAsync(new byte[1], token).AsTask());
        var target = new TargetFacts { Url = new Uri($"https://localhost:{server.Port}/"), Reached = ProbePhase.Done, Chain = [leaf.Der] };
        var machine = new MachineFacts
        {
            Now = TimeProvider.System.GetUtcNow(),
            System = new SystemFacts(SystemFamily.Debian, "Debian"),
            Bundles = new Dictionary<string, BundleFacts> { [bundle] = new() { Path = bundle, State = BundleState.Good, Certificates = [root.Der] } },
        };
        var trusting = new ClientFacts
        {
            Id = "pip",
            Kind = ClientKind.Pip,
            Path = python.Python,
            Python = new PythonFacts { Path = python.Python, Version = python.PythonVersion, Prefix = "/" },
            Trust = [new TrustSource(TrustSourceKind.File, bundle, null)],
            Rules = new VerificationRules { Names = python.PythonVersion >= new Version(3, 7) ? NameMatching.OpenSsl : NameMatching.Python },
        };

        var accepted = await InterpreterCheck.ConfirmAsync(trusting, target, machine, TestContext.Current.CancellationToken);
        var refused = await InterpreterCheck.ConfirmAsync(trusting with { Trust = [] }, target, machine, TestContext.Current.CancellationToken);

        Assert.Equal($"Python {python.PythonVersion} says: 0 accepted", accepted);
        // Before 3.7 an error has no number.
        Assert.StartsWith(python.PythonVersion >= new Version(3, 7) ? $"Python {python.PythonVersion} says: 20 unable to get local issuer certificate" : $"Python {python.PythonVersion} says: - ", refused, StringComparison.Ordinal);
        Assert.Equal(TrustVerdict.Trusted, ClientJudge.Judge(trusting, target, machine).Verdict);
        Assert.Equal(20, ClientJudge.Judge(trusting with { Trust = [] }, target, machine).Faults[0].OpenSslCode);
    }
}
