using System.Collections.Concurrent;
using System.Net;
using System.Numerics;
using System.Text;
using Anchorage.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Anchorage.Server.Tests.Tokens;

/// <summary>Credentials that are hostile, and where a secret may and may not be found.</summary>
public sealed class CredentialTests(PrivateRegistry shared) : PrivateRegistryTests(shared)
{
    /// <summary>Ids that anyone can give a right checksum.</summary>
    [Theory]
    [InlineData('\0')]
    [InlineData('\'')]
    [InlineData('\u00e9')]
    public async Task A_forged_token_is_401_whatever_its_letters(char letter)
    {
        using var response = await SendAsync(HttpMethod.Get, "/main/simple/anything/", Forge(letter));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Two_headers_of_credentials_are_refused()
    {
        using var request = RegistryClient.Request(HttpMethod.Get, "/main/simple/anything/");
        request.Headers.TryAddWithoutValidation("Authorization", [$"Bearer {Client.AdministratorToken}", "Bearer other"]);

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Wrong_credentials_are_refused_where_none_are_needed()
    {
        await using var open = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading());
        await open.Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);

        using var none = await open.Client.GetAsync($"/main/simple/{Project}/", Cancellation);
        using var wrong = await open.Client.GetAsync($"/main/simple/{Project}/", Cancellation, token: "wrong");

        Assert.Equal(HttpStatusCode.OK, none.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
    }

    [Theory]
    [InlineData("/main/simple/")]
    [InlineData("/main/simple/anything/")]
    [InlineData("/no-such-index/simple/anything/")]
    [InlineData("/packages/main/aa/bb/cc/x-1.0.tar.gz")]
    [InlineData("/packages/no-such-index/aa/bb/cc/x-1.0.tar.gz")]
    [InlineData("/main/pypi/anything/json")]
    [InlineData("/api/tokens")]
    public async Task A_stranger_learns_nothing_from_the_answer(string path)
    {
        using var response = await SendAsync(HttpMethod.Get, path, null);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.StartsWith("Basic realm=", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_in_the_answer_to_its_creation_and_nowhere_else()
    {
        var log = new EveryLine();
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings
            .WithoutAnonymousReading()
            .WithParts(services => services.AddSingleton<ILoggerProvider>(log).Configure<LoggerFilterOptions>(options =>
            {
                options.MinLevel = LogLevel.Trace;
                options.Rules.Clear();
            })));
        var token = await registry.Client.CreateTokenAsync(Cancellation, "main", "*", "read", "upload");
        using (var upload = await registry.Client.TryUploadAsAsync(token, UploadForm.For(new WheelBuilder(Project, "1.0").Build()), Cancellation))
            Assert.Equal(HttpStatusCode.OK, upload.StatusCode);
        using (var forbidden = await registry.Client.GetAsync("/api/tokens", Cancellation, token))
            Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        await registry.StopAsync();

        var (id, secret) = (token.Split('_')[1], token.Split('_')[2]);
        Assert.Contains(log.Lines, line => line.Contains(registry.Address.Authority, StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains(secret, StringComparison.Ordinal));
        var holdsId = false;
        foreach (var file in Directory.EnumerateFiles(registry.DataDirectory, "*", SearchOption.AllDirectories).Where(static file => Path.GetFileName(file) != "lock"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var content = new MemoryStream();
            await stream.CopyToAsync(content, Cancellation);
            var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
            holdsId |= bytes.IndexOf(Encoding.ASCII.GetBytes(id)) >= 0;
            Assert.True(bytes.IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, $"{file} holds the secret.");
        }
        Assert.True(holdsId);
    }

    /// <summary>As ApiTokenText has it: CRC-32C of what stands before it, where anything beyond ASCII counts as '?'.</summary>
    internal static string Forge(char letter)
    {
        var body = $"anc_{new string(letter, 16)}_{new string('0', 32)}";
        var checksum = uint.MaxValue;
        foreach (var value in Encoding.ASCII.GetBytes(body))
            checksum = BitOperations.Crc32C(checksum, value);
        return $"{body}_{~checksum:X8}";
    }

    private sealed class EveryLine : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
