using Anchorage.Server.Audit;
using Anchorage.Server.Identity;
using Anchorage.Server.Permissions;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Anchorage.Server.Bench;

/// <summary>What a request waits for: the check of its token and rights, and the durable record.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class RequestBenchmarks
{
    private const int Together = 64;

    private readonly AuditEvent auditEvent = new()
    {
        Action = "file.download",
        Outcome = "intent",
        Actor = "token:0123456789ABCDEF",
        ClientAddress = "127.0.0.1",
        UserAgent = "pip/26.2",
        Index = "main",
        Project = "measured",
        File = "measured-1.0-py3-none-any.whl",
        Sha256 = new string('0', 64),
        RequestId = "0HN0000000000:00000001",
    };

    private string directory = "";
    private WebApplication application = null!;
    private Authentication authentication = null!;
    private Access access = null!;
    private AuditLog audit = null!;
    private HttpContext withToken = null!;
    private Principal principal = null!;
    private readonly Packaging.ProjectName project = Packaging.ProjectName.Parse("measured");

    [GlobalSetup]
    public async Task StartAsync()
    {
        directory = Directory.CreateTempSubdirectory("anchorage-bench-").FullName;
        application = await ServerApplication.CreateAsync(
            ["--data", Path.Combine(directory, "data"), "--listen", "https://localhost:0", "--Access:AnonymousReading", "false", "--Upstream:Url", "https://localhost:9/simple/"]);
        authentication = application.Services.GetRequiredService<Authentication>();
        access = application.Services.GetRequiredService<Access>();
        audit = application.Services.GetRequiredService<AuditLog>();
        var token = ApiTokenText.Create();
        IReadOnlyList<Scope> scopes =
        [
            .. Enumerable.Range(0, 9).Select(static team => new Scope("main", $"team-{team}-*", [AccessAction.Read, AccessAction.Upload])),
            new Scope("main", "m*", [AccessAction.Read]),
        ];
        await application.Services.GetRequiredService<TokenStore>().CreateAsync(token, "user", "benchmark", "nobody", scopes, null, CancellationToken.None);
        withToken = new DefaultHttpContext();
        withToken.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes("__token__:" + token.Reveal()));
        principal = await CheckTokenAsync() is AuthenticationResult.Known known ? known.Principal : throw new InvalidOperationException("The token was refused.");
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await application.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Benchmark]
    public async Task<object> CheckTokenAsync() => await authentication.AuthenticateAsync(withToken);

    [Benchmark]
    public bool CheckTenthRight() => access.Allows(principal, "main", project, AccessAction.Read);

    [Benchmark]
    public async Task RecordOneAsync() => await audit.AppendAsync(auditEvent, CancellationToken.None);

    /// <summary>The time of one of so many that wait together: they share a sync.</summary>
    [Benchmark(OperationsPerInvoke = Together)]
    public async Task RecordOneOf64Async()
    {
        var waiting = new Task[Together];
        for (var i = 0; i < waiting.Length; i++)
            waiting[i] = audit.AppendAsync(auditEvent, CancellationToken.None).AsTask();
        await Task.WhenAll(waiting);
    }
}
