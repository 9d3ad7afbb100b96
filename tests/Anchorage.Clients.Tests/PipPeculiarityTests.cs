namespace Anchorage.Clients.Tests;

/// <summary>What single generations of pip do beyond installing.</summary>
public sealed class PipPeculiarityTests(Registries registries) : PipTests(registries)
{
    /// <summary>The pips that continue a download (25.1 and later) after a silence, and those that do after a cut: 26.1 crashes on one.</summary>
    public static TheoryData<string, string> ResumingPips =>
        [.. from client in PythonInstallations.Clients
            from fault in (string[])["cut", "silence"]
            where client.Name.EndsWith("pip 26.0.1", StringComparison.Ordinal)
                || (client.Name.EndsWith("pip 26.1.2", StringComparison.Ordinal) && fault == "silence")
            select (client.Name, fault)];

    [Theory]
    [MemberData(nameof(ResumingPips))]
    public async Task A_broken_download_is_resumed(string client, string fault)
    {
        var wheel = new WheelBuilder("harbour-cargo", "1.0").OfSize(3_000_000).Build();
        await Registry.Client.UploadAsync(wheel, Cancellation);
        await using var relay = fault == "cut"
            ? CuttingRelay.Cut(Registry.Address, cutAfterBytes: 1_000_000)
            : CuttingRelay.FallSilent(Registry.Address, cutAfterBytes: 1_000_000);

        var result = await PythonInstallations.Get(client).RunAsync(
            ["download", "--timeout", "1", "--cert", Registry.RootFile, "--index-url", new Uri(relay.Address, "/main/simple/").AbsoluteUri, "--dest", Home.PathOf("wheels"), "harbour-cargo"],
            Home, Cancellation);

        result.MustSucceed();
        Assert.Equal(1, relay.CutCount);
        Assert.Contains("Attempting to resume incomplete download", result.AllText, StringComparison.Ordinal);
        Assert.Equal(wheel.Content, await File.ReadAllBytesAsync(Home.PathOf("wheels", wheel.Filename), Cancellation));
    }

    [Fact]
    public async Task Only_releases_of_the_past_are_taken_where_that_is_asked_for()
    {
        // pip 26 aborts the whole installation if a single link has no upload-time.
        var pip = NewestPip;

        var none = await pip.RunAsync(
            ["download", "--uploaded-prior-to", "2001-01-01T00:00:00Z", "--cert", Registry.RootFile, "--index-url", Registry.SimpleUrl(), "--dest", Home.PathOf("wheels"), "harbour-demo"],
            Home, Cancellation);
        var all = await pip.RunAsync(
            ["download", "--uploaded-prior-to", "2999-01-01T00:00:00Z", "--cert", Registry.RootFile, "--index-url", Registry.SimpleUrl(), "--dest", Home.PathOf("wheels"), "harbour-demo"],
            Home, Cancellation);

        Assert.Contains("No matching distribution found", none.MustFail().AllText, StringComparison.Ordinal);
        all.MustSucceed();
    }

    [Fact]
    public async Task The_versions_of_a_project_are_listed()
    {
        var result = await NewestPip.RunAsync(
            ["index", "versions", "--cert", Registry.RootFile, "--index-url", Registry.SimpleUrl(), "harbour-demo"], Home, Cancellation);

        Assert.Contains("Available versions: 1.2", result.MustSucceed().Output, StringComparison.Ordinal);
    }

    public static TheoryData<string> OldestAndNewest => [.. new[] { PythonInstallations.Clients[0], PythonInstallations.Clients[^1] }.Select(client => client.Name).Distinct()];

    [Theory]
    [MemberData(nameof(OldestAndNewest))]
    public async Task A_token_in_the_index_url_opens_a_registry_that_asks_for_one(string client)
    {
        await using var closed = await RegistryHost.StartAsync(Cancellation, settings => settings.WithoutAnonymousReading());
        await closed.Client.UploadAsync(Registries.Demo, Cancellation);
        var reader = await closed.Client.CreateTokenAsync(Cancellation, "main", "*", "read");
        var pip = PythonInstallations.Get(client);

        var without = await pip.RunAsync(
            ["download", "--retries", "0", "--cert", closed.RootFile, "--index-url", closed.SimpleUrl(), "--dest", Home.PathOf("wheels"), "harbour-demo"], Home, Cancellation);
        var with = await pip.RunAsync(
            ["download", "--cert", closed.RootFile, "--index-url", closed.SimpleUrl().Replace("https://", $"https://__token__:{reader}@", StringComparison.Ordinal), "--dest", Home.PathOf("wheels"), "harbour-demo"],
            Home, Cancellation);

        without.MustFail();
        with.MustSucceed();
        Assert.DoesNotContain(reader, with.AllText, StringComparison.Ordinal);
    }
}
