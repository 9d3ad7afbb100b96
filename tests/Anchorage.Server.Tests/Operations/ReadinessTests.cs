using System.Text.Json;
using Anchorage.Server.Audit;
using Anchorage.Server.Operations;
using Anchorage.Server.Storage;
using Anchorage.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Server.Tests.Operations;

public sealed class ReadinessTests : IAsyncLifetime
{
    private readonly TestDirectory home = new();
    private readonly ManualTimeProvider time = new();
    private readonly ApplicationLifetime lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private TestDatabase test = null!;
    private DataDirectory directory = null!;
    private AuditLog audit = null!;
    private Readiness readiness = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        test = await TestDatabase.CreateAsync(TestEngine.Sqlite, Token);
        directory = DataDirectory.Open(home.PathOf("data"));
        audit = AuditLog.Open(directory.Audit, time, NullLogger.Instance);
        readiness = new Readiness(test.Database, new FileBlobStore(directory), audit, lifetime, time, NullLogger<Readiness>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        readiness.Dispose();
        await audit.DisposeAsync();
        directory.Dispose();
        await test.DisposeAsync();
        home.Dispose();
    }

    private async Task<(int Status, JsonElement Checks)> AskAsync()
    {
        var context = new DefaultHttpContext();
        context.Response.Body = new MemoryStream();
        await readiness.WriteReadyAsync(context);
        context.Response.Body.Position = 0;
        using var document = await JsonDocument.ParseAsync(context.Response.Body, cancellationToken: Token);
        Assert.DoesNotContain(home.Path, document.RootElement.GetRawText(), StringComparison.Ordinal);
        return (context.Response.StatusCode, document.RootElement.GetProperty("checks").Clone());
    }

    [Fact]
    public async Task A_server_whose_parts_work_is_ready()
    {
        var (status, checks) = await AskAsync();
        Assert.Equal(200, status);
        Assert.All(checks.EnumerateObject(), check => Assert.Equal("ok", check.Value.GetString()));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_named()
    {
        await test.Database.DisposeAsync();
        var (status, checks) = await AskAsync();
        Assert.Equal((503, "fails", "ok"), (status, checks.GetProperty("database").GetString(), checks.GetProperty("audit").GetString()));
    }

    [Fact]
    public async Task A_blob_directory_that_is_gone_is_named_until_it_is_back()
    {
        Directory.Delete(directory.Staging, recursive: true);
        var (status, checks) = await AskAsync();
        Assert.Equal((503, "fails"), (status, checks.GetProperty("storage").GetString()));

        Directory.CreateDirectory(directory.Staging);
        Assert.Equal(503, (await AskAsync()).Status);   // worked out once a second, whoever asks
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, (await AskAsync()).Status);
    }

    [Fact]
    public async Task A_record_that_is_closed_is_named()
    {
        await audit.DisposeAsync();
        var (status, checks) = await AskAsync();
        Assert.Equal((503, "fails"), (status, checks.GetProperty("audit").GetString()));
    }

    [Fact]
    public async Task A_server_that_is_stopping_takes_no_more_traffic()
    {
        lifetime.StopApplication();
        var (status, checks) = await AskAsync();
        Assert.Equal((503, "stopping"), (status, checks.GetProperty("server").GetString()));
    }
}
