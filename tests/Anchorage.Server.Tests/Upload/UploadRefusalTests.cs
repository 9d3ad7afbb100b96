using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Upload;

/// <summary>Uploads that are refused: each says why, three ways, and leaves nothing behind.</summary>
public sealed class UploadRefusalTests(SharedRegistry shared) : RegistryTests(shared)
{
    private const string Name = "harbour-bad";

    private static WheelBuilder Wheel => new(Name, "1.0");

    private static SdistBuilder Sdist => new(Name, "1.0");

    /// <summary>Archives that no installer may get to see, and a word that the refusal must say.</summary>
    private static readonly Dictionary<string, (Func<BuiltDistribution> Build, string Says)> badArchives = new()
    {
        ["a wheel with another name inside"] = (() => Wheel.ClaimingNameInside("somebody-else").Build(), "somebody-else"),
        ["a wheel with another version inside"] = (() => Wheel.ClaimingVersionInside("9.9").Build(), "9\\.9"),
        ["a wheel without METADATA"] = (() => Wheel.WithoutMetadata().Build(), "METADATA"),
        ["a wheel without RECORD"] = (() => Wheel.WithoutRecord().Build(), "RECORD"),
        ["a wheel without WHEEL"] = (() => Wheel.WithoutWheelFile().Build(), "WHEEL"),
        ["a wheel whose RECORD lies"] = (() => Wheel.WithLyingRecord().Build(), "RECORD"),
        ["a wheel with an unrecorded member"] = (() => Wheel.WithUnrecordedMember("sneaky.py").Build(), "sneaky|RECORD"),
        ["a wheel that misses a recorded member"] = (() => Wheel.WithRecordedButMissingMember("gone.py").Build(), "gone|RECORD"),
        ["a wheel that climbs out of its folder"] = (() => Wheel.WithTraversalMember().Build(), "path|escaped|\\.\\."),
        ["a wheel with an absolute path"] = (() => Wheel.WithTraversalMember("/etc/escaped.py").Build(), "path|escaped|absolute"),
        ["a wheel with a member twice"] = (() => Wheel.WithDuplicateMember().Build(), "(?i)duplicate|twice|more than once"),
        ["a wheel with a second dist-info"] = (() => Wheel.WithSecondDistInfo().Build(), "dist-info"),
        ["a wheel that is a zip bomb"] = (() => Wheel.AsZipBomb(80L << 20).Build(), "(?i)ratio|compress|unpack|larger"),
        ["a wheel with METADATA that is not UTF-8"] = (() => Wheel.WithNonUtf8Metadata().Build(), "UTF-8"),
        ["a wheel with bytes after its end"] = (() => Wheel.WithTrailingBytes().Build(), "(?i)trail|after|end|bytes"),
        ["a wheel with bytes before its start"] = (() => Wheel.WithLeadingBytes().Build(), "(?i)before|start|begin|offset|prefix|bytes"),
        ["a wheel that was cut off"] = (() => Wheel.OfSize(5000).Build().CutOffAfter(3000), "(?i)zip|archive"),
        ["a wheel that is an sdist"] = (() => Sdist.Build().NamedLike("harbour_bad-1.0-py2.py3-none-any.whl"), "(?i)zip|archive"),
        ["an empty wheel"] = (() => new BuiltDistribution("harbour_bad-1.0-py2.py3-none-any.whl", []) { Project = Name }, "(?i)empty|zip|archive"),
        ["an sdist with another name inside"] = (() => Sdist.ClaimingNameInside("somebody-else").Build(), "somebody-else"),
        ["an sdist with another version inside"] = (() => Sdist.ClaimingVersionInside("9.9").Build(), "9\\.9"),
        ["an sdist without PKG-INFO"] = (() => Sdist.WithoutPackageInfo().Build(), "PKG-INFO"),
        ["an sdist with another top folder"] = (() => Sdist.WithTopFolder("elsewhere-1.0").Build(), "(?i)folder|director|elsewhere"),
        ["an sdist with a member beside its folder"] = (() => Sdist.WithMemberOutsideTopFolder().Build(), "(?i)folder|director|other"),
        ["an sdist that climbs out of its folder"] = (() => Sdist.WithTraversalMember().Build(), "path|escaped|\\.\\."),
        ["an sdist with an absolute path"] = (() => Sdist.WithAbsoluteMember().Build(), "(?i)path|absolute|folder|director"),
        ["an sdist with a link that leads outside"] = (() => Sdist.WithSymbolicLinkOutside().Build(), "(?i)link"),
        ["an sdist with a device"] = (() => Sdist.WithDevice().Build(), "(?i)device|special|type|kind"),
        ["an sdist that is a bomb"] = (() => Sdist.AsTarBomb(100L << 20).Build(), "(?i)ratio|compress|unpack|larger"),
        ["an sdist that was cut off"] = (() => Sdist.Build() is var sdist ? sdist.CutOffAfter(sdist.Content.Length / 2) : null!, "(?i)gzip|tar|archive|truncated|end"),
    };

    /// <summary>Forms that contradict themselves or the file.</summary>
    private static readonly Dictionary<string, (Func<UploadForm> Form, string Says)> badForms = new()
    {
        ["a wrong SHA-256"] = (() => Good.Saying("sha256_digest", new string('0', 64)), "sha256_digest"),
        ["a wrong MD5"] = (() => Good.Saying("md5_digest", new string('0', 32)), "md5_digest"),
        ["a wrong BLAKE2"] = (() => Good.With("blake2_256_digest", new string('0', 64)), "blake2_256_digest"),
        ["no digest"] = (() => Good.Without("sha256_digest").Without("md5_digest"), "digest"),
        ["no file"] = (() => Good.WithoutContent(), "content"),
        ["another name than the file's"] = (() => Good.Saying("name", "somebody-else"), "somebody-else"),
        ["another version than the file's"] = (() => Good.Saying("version", "9.9"), "9\\.9"),
        ["a name that is none"] = (() => Good.Saying("name", "-bad-"), "Name"),
        ["a name with a line feed"] = (() => Good.Saying("name", "harbour-bad\n"), "Name"),
        ["a version that is none"] = (() => Good.Saying("version", "one"), "Version"),
        ["no name"] = (() => Good.Without("name"), "Name"),
        ["two names"] = (() => Good.With("name", "harbour-bad"), "'name'.*more than once"),
        ["two versions"] = (() => Good.With("version", "1.0"), "'version'.*more than once"),
        ["another file type"] = (() => Good.Saying("filetype", "sdist"), "filetype"),
        ["a file type that no index takes"] = (() => Good.Saying("filetype", "bdist_egg"), "filetype"),
        ["another protocol"] = (() => Good.Saying("protocol_version", "2"), "protocol_version"),
        ["no metadata version"] = (() => Good.Without("metadata_version"), "metadata_version"),
        ["an action of old"] = (() => Good.Saying(":action", "submit"), ":action"),
        ["another requires-python than the file's"] = (
            () => UploadForm.For(Wheel.RequiringPython(">=3.8").Build()).Saying("requires_python", ">=3.6"), "Requires-Python"),
        ["a file name that is none"] = (() => Good.WithFilename("harbour_bad.whl"), "file name"),
        ["a file name that climbs"] = (() => Good.WithFilename("../../harbour_bad-1.0-py3-none-any.whl"), "file name"),
        ["a file name with a control character"] = (() => Good.WithFilename("harbour_bad-1.0-py3\u0001-none-any.whl"), "file name"),
        ["a file name as old tools spelt it"] = (() => Good.WithFilename("Harbour.Bad-1.0-py3-none-any.whl"), "harbour_bad"),
        ["a file name of an egg"] = (() => Good.WithFilename("harbour_bad-1.0-py3.egg"), "file name"),
    };

    private static UploadForm Good => UploadForm.For(Wheel.Build());

    /// <summary>Names of <see cref="badArchives"/>.</summary>
    public static TheoryData<string> BadArchives => [.. badArchives.Keys];

    /// <summary>Names of <see cref="badForms"/>.</summary>
    public static TheoryData<string> BadForms => [.. badForms.Keys];

    [Theory]
    [MemberData(nameof(BadArchives))]
    public async Task An_archive_is_refused(string archive)
    {
        var (build, says) = badArchives[archive];

        using var response = await Client.TryUploadAsync(build(), Cancellation);

        await AssertRefusedAsync(response, says);
    }

    [Theory]
    [MemberData(nameof(BadForms))]
    public async Task A_form_is_refused_that_has(string fault)
    {
        var (form, says) = badForms[fault];

        using var response = await Client.TryUploadAsync(form(), Cancellation);

        await AssertRefusedAsync(response, says);
    }

    [Fact]
    public async Task A_form_with_a_hundred_thousand_fields_is_refused()
    {
        var form = Good;
        for (var number = 0; number < 100_000; number++)
            form.With("classifiers", "Private :: Harbour");

        using var response = await Client.TryUploadAsync(form, Cancellation);

        await AssertRefusedAsync(response, "fields");
    }

    [Fact]
    public async Task A_form_with_fields_without_end_is_refused()
    {
        using var response = await Client.TryUploadAsync(Good.With("description", new string('x', 9 << 20)), Cancellation);

        await AssertRefusedAsync(response, "too large");
    }

    [Fact]
    public async Task A_field_that_is_not_utf8_is_refused()
    {
        var body = Encoding.Latin1.GetBytes("--b\r\nContent-Disposition: form-data; name=\"summary\"\r\n\r\nGr\u00fc\u00df\r\n--b--\r\n");
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        using var request = RegistryClient.Request(HttpMethod.Post, "/main/", Client.AdministratorToken, content: content);

        using var response = await Client.SendAsync(request, Cancellation);

        await AssertRefusedAsync(response, "UTF-8");
    }

    [Fact]
    public async Task A_body_that_is_no_form_is_refused()
    {
        using var request = RegistryClient.Request(HttpMethod.Post, "/main/", Client.AdministratorToken, content: JsonContent.Create(new { name = "x" }));

        using var response = await Client.SendAsync(request, Cancellation);

        await AssertRefusedAsync(response, "multipart/form-data");
    }

    [Fact]
    public async Task A_form_that_ends_in_the_middle_of_the_file_is_refused()
    {
        var wheel = Wheel.OfSize(50_000).Build();

        using var response = await Client.TryUploadAsync(UploadForm.For(wheel).CutOffAfter(20_000), Cancellation);

        await AssertRefusedAsync(response, "(?i)form|end|stream");
    }

    [Fact]
    public async Task What_is_refused_leaves_nothing_behind()
    {
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading());
        foreach (var (build, _) in badArchives.Values)
            (await registry.Client.TryUploadAsync(build(), Cancellation)).Dispose();
        foreach (var (form, _) in badForms.Values)
            (await registry.Client.TryUploadAsync(form(), Cancellation)).Dispose();

        await registry.Client.CreateHostedAsync("main", [], Cancellation);
        using var page = await registry.Client.GetAsync($"/main/simple/{Name}/", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(registry.DataDirectory, "staging"), "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(registry.DataDirectory, "blobs"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_cut_connection_leaves_nothing_behind()
    {
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading());
        var whole = UploadForm.For(Wheel.OfSize(400_000).Build()).ToContent();
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var leaving = new CancellationTokenSource();
        using var request = RegistryClient.Request(HttpMethod.Post, "/main/", registry.Client.AdministratorToken, content: new HalfSent(whole, sent));

        var upload = registry.Client.SendAsync(request, leaving.Token);
        await sent.Task.WaitAsync(Cancellation);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => upload);

        // The next upload of the same name is not in the way of anything.
        var wheel = Wheel.Build();
        await registry.Client.UploadAsync(wheel, Cancellation);
        Assert.Equal(wheel.Sha256, (await registry.Client.GetListingAsync(Name, wheel.Filename, Cancellation)).Sha256);
    }

    /// <summary>A refusal says the same thing in the reason phrase, the header and the body, and twine, pip and uv each show one.</summary>
    private static async Task AssertRefusedAsync(HttpResponseMessage response, string says)
    {
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var detail = body.GetProperty("detail").GetString()!;
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{response.StatusCode}: {detail}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        Assert.Matches(says, detail);
        Assert.Matches("^[\\x20-\\x7e]{1,300}$", response.ReasonPhrase);
        Assert.StartsWith(response.ReasonPhrase![..Math.Min(20, response.ReasonPhrase!.Length)].Split('?')[0], detail, StringComparison.Ordinal);
        Assert.Equal(response.ReasonPhrase, Assert.Single(response.Headers.GetValues("X-Error-Message")));
        Assert.NotEmpty(body.GetProperty("title").GetString()!);
    }

    /// <summary>Sends half of a body, says so, and then no more.</summary>
    private sealed class HalfSent : HttpContent
    {
        private readonly HttpContent whole;
        private readonly TaskCompletionSource sent;

        public HalfSent(HttpContent whole, TaskCompletionSource sent)
        {
            this.whole = whole;
            this.sent = sent;
            Headers.ContentType = whole.Headers.ContentType;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var bytes = await whole.ReadAsByteArrayAsync(cancellationToken);
            await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            sent.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
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
