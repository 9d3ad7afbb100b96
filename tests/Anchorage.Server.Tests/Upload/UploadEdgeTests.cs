using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Anchorage.Server.Audit;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Upload;

/// <summary>Uploads at the edge: other protocols, rights, names used before, hostile forms, broken connections.</summary>
public sealed class UploadEdgeTests(SharedRegistry shared) : RegistryTests(shared)
{
    private WheelBuilder Wheel => new(Project, "1.0");

    [Fact]
    public async Task Over_http_2_the_reason_is_in_the_body()
    {
        using var request = RegistryClient.Request(
            HttpMethod.Post, "/main/", Client.AdministratorToken, content: UploadForm.For(Wheel.Build()).Saying("sha256_digest", new string('0', 64)).ToContent());
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var response = await Client.SendAsync(request, Cancellation);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("sha256_digest", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(400, problem.GetProperty("status").GetInt32());
        Assert.StartsWith("urn:anchorage:problem:", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_credentials_nothing_is_taken()
    {
        using var response = await Client.TryUploadAsAsync(null, UploadForm.For(Wheel.OfSize(2 << 20).Build()), Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.StartsWith("Basic realm=", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Contains("__token__", response.ReasonPhrase, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_another_project_is_403_and_says_for_which()
    {
        var token = await Client.CreateTokenAsync(Cancellation, "main", Project + "-other", "upload");

        using var response = await Client.TryUploadAsAsync(token, UploadForm.For(Wheel.Build()), Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains(Project, response.ReasonPhrase, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("archived")]
    [InlineData("quarantined")]
    public async Task A_closed_project_takes_no_uploads(string status)
    {
        await Client.UploadAsync(Wheel.Build(), Cancellation);
        using (var request = RegistryClient.Request(HttpMethod.Put, $"/api/indexes/main/projects/{Project}/status", Client.AdministratorToken, content: JsonContent.Create(new { status, reason = "the pier is gone" })))
            (await Client.SendAsync(request, Cancellation)).EnsureSuccessStatusCode();

        using var response = await Client.TryUploadAsync(new WheelBuilder(Project, "1.1").Build(), Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("the pier is gone", response.ReasonPhrase, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_of_a_deleted_file_takes_neither_other_bytes_nor_the_same()
    {
        var wheel = Wheel.Build();
        await Client.UploadAsync(wheel, Cancellation);
        await Client.DeleteFileAsync(wheel.Filename, Cancellation);

        using var same = await Client.TryUploadAsync(wheel, Cancellation);
        using var other = await Client.TryUploadAsync(Wheel.WithMember("x.py", "").Build(), Cancellation);
        using var gone = RegistryClient.Request(HttpMethod.Delete, $"/api/indexes/main/files/{wheel.Filename}", Client.AdministratorToken);
        using var again = await Client.SendAsync(gone, Cancellation);

        Assert.All([same, other], response => Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode));
        Assert.Contains("deleted", same.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task Every_upload_is_on_record_with_how_it_ended()
    {
        var wheel = Wheel.Build();
        await Client.UploadAsync(wheel, Cancellation);
        await Client.UploadAsync(wheel, Cancellation);
        (await Client.TryUploadAsync(Wheel.WithMember("x.py", "").Build(), Cancellation)).Dispose();
        await Client.DeleteFileAsync(wheel.Filename, Cancellation);
        (await Client.TryUploadAsync(wheel, Cancellation)).Dispose();
        // What is durable says that everything before it is.
        await Client.UploadAsync(new WheelBuilder(Project, "2.0").Build(), Cancellation);

        var record = AuditReader.Read(Path.Combine(Registry.DataDirectory, "audit")).Where(entry => entry.Event.File == wheel.Filename)
            .Select(static entry => $"{entry.Event.Action} {entry.Event.Outcome} {entry.Event.Reason}".Trim()).ToList();

        Assert.Equal(
            [
                "file.upload intent", "file.upload ok Published", "file.upload ok Unchanged", "file.upload denied NameTaken",
                "file.delete intent", "file.delete ok 1 files.", "file.upload denied NameWasDeleted",
            ],
            record);
    }

    [Fact]
    public async Task Two_files_in_one_form_are_refused()
    {
        var wheel = Wheel.Build();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("file_upload"), ":action" },
            { new ByteArrayContent(wheel.Content), "content", wheel.Filename },
            { new ByteArrayContent(wheel.Content), "content", wheel.Filename },
        };

        await AssertRefusedAsync(form, "more than one file");
    }

    [Theory]
    [InlineData("name=\"content\"", "not a file")]
    [InlineData("name=\"summary\"; filename=\"x\"", "summary")]
    [InlineData("filename=\"x\"", "no name")]
    [InlineData("", "no name")]
    public async Task A_part_that_is_not_what_its_name_says_is_refused(string parameters, string says)
    {
        var body = $"--b\r\nContent-Disposition: form-data{(parameters.Length > 0 ? "; " : "")}{parameters}\r\n\r\nx\r\n--b--\r\n";
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        await AssertRefusedAsync(content, says);
    }

    [Theory]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=")]
    [InlineData("multipart/mixed; boundary=b")]
    public async Task A_form_without_a_usable_boundary_is_refused(string type)
    {
        using var content = new ByteArrayContent("--b--\r\n"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        await AssertRefusedAsync(content, "form");
    }

    [Fact]
    public async Task A_part_with_headers_without_end_is_refused()
    {
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"x\"\r\nX-Long: {new string('x', 200_000)}\r\n\r\nx\r\n--b--\r\n"));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        await AssertRefusedAsync(content, "malformed");
    }

    [Fact]
    public async Task A_field_of_megabytes_is_not_quoted_back()
    {
        using var response = await Client.TryUploadAsync(UploadForm.For(Wheel.Build()).Saying("version", new string('x', 1 << 20)), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.InRange((await response.Content.ReadAsByteArrayAsync(Cancellation)).Length, 100, 8000);
    }

    [Fact]
    public async Task A_digest_of_letters_that_are_none_is_refused_and_quoted()
    {
        using var response = await Client.TryUploadAsync(
            UploadForm.For(Wheel.Build()).Saying("sha256_digest", new string('x', 63) + "\U0001F6A2 and more"), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("sha256_digest", (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_as_old_tools_spelt_them_are_taken_where_the_setting_says_so()
    {
        await using var lenient = await RegistryHost.StartAsync(Cancellation, settings => settings.With("Upload:AcceptOldFilenames", "true"));
        var wheel = new WheelBuilder("Harbour.Master", "1.0").Build() is var built ? built.NamedLike(built.Filename.Replace("harbour_master", "Harbour.Master", StringComparison.Ordinal)) : null!;

        using var strict = await Client.TryUploadAsync(UploadForm.For(wheel).Saying("name", "Harbour.Master"), Cancellation);
        using var taken = await lenient.Client.TryUploadAsync(UploadForm.For(wheel).Saying("name", "Harbour.Master"), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, strict.StatusCode);
        Assert.Contains("harbour_master-1.0", strict.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task A_connection_that_breaks_leaves_no_staged_bytes_and_no_row()
    {
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading());
        await registry.Client.CreateHostedAsync("main", [], Cancellation);
        var form = UploadForm.For(Wheel.OfSize(2 << 20).Build()).ToContent();
        using var request = RegistryClient.Request(HttpMethod.Post, "/main/", registry.Client.AdministratorToken, content: new BreakingOff(form));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => registry.Client.SendAsync(request, Cancellation));
        using var page = await registry.Client.GetAsync($"/main/simple/{Project}/", Cancellation);
        // Stopping waits for requests under way: what is there then would be there for ever.
        await registry.StopAsync();

        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(registry.DataDirectory, "staging")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(registry.DataDirectory, "blobs"), "*", SearchOption.AllDirectories));
    }

    private async Task AssertRefusedAsync(HttpContent content, string says)
    {
        using var request = RegistryClient.Request(HttpMethod.Post, "/main/", Client.AdministratorToken, content: content);
        using var response = await Client.SendAsync(request, Cancellation);

        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{response.StatusCode} {problem}");
        Assert.Contains(says, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Promises a whole body and breaks the connection in the middle of it.</summary>
    private sealed class BreakingOff : HttpContent
    {
        private readonly HttpContent whole;

        public BreakingOff(HttpContent whole)
        {
            this.whole = whole;
            Headers.ContentType = whole.Headers.ContentType;
            Headers.ContentLength = whole.Headers.ContentLength;
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var bytes = await whole.ReadAsByteArrayAsync(CancellationToken.None);
            await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), CancellationToken.None);
            await stream.FlushAsync(CancellationToken.None);
            throw new IOException("The line is cut.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = whole.Headers.ContentLength ?? 0;
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                whole.Dispose();
            base.Dispose(disposing);
        }
    }
}
