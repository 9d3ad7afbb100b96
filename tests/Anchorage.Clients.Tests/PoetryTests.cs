namespace Anchorage.Clients.Tests;

/// <summary>poetry publishes to the registry, and adds and installs from it as a private source.</summary>
public sealed class PoetryTests : PublishingTests
{
    [Fact]
    public async Task Publishes_a_wheel_and_an_sdist()
    {
        var project = WriteProject("harbour-poem", source: false);
        Home.Write("harbour-poem/harbour_poem/__init__.py", "");

        var result = await RunAsync(["publish", "--build", "--repository", "anchorage", "--no-interaction"], project);

        result.MustSucceed();
        Assert.Equal(["harbour_poem-0.1.0-py3-none-any.whl", "harbour_poem-0.1.0.tar.gz"], (await FilesOfAsync("harbour-poem")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Adds_a_package_of_the_private_source_and_installs_it_from_the_lock()
    {
        var wheel = new WheelBuilder("harbour-verse", "2.5").RequiringPython(">=3.6").Requiring("harbour-rhyme (>=1.0)").Build();
        var dependency = new WheelBuilder("harbour-rhyme", "1.1").RequiringPython(">=3.6").Build();
        await Registry.Client.UploadAsync(wheel, Cancellation);
        await Registry.Client.UploadAsync(dependency, Cancellation);
        var project = WriteProject("reader", source: true);

        (await RunAsync(["add", "harbour-verse", "--no-interaction"], project)).MustSucceed();
        var locked = await File.ReadAllTextAsync(Path.Combine(project, "poetry.lock"), Cancellation);
        (await RunAsync(["install", "--no-root", "--no-interaction", "--sync"], project)).MustSucceed();
        var imported = await RunAsync(["run", "python", "-c", "import harbour_verse, harbour_rhyme; harbour_verse.main()"], project);

        Assert.Contains(wheel.Sha256, locked, StringComparison.Ordinal);
        Assert.Contains(dependency.Sha256, locked, StringComparison.Ordinal);
        Assert.Contains("harbour-verse 2.5", imported.MustSucceed().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adds_nothing_without_the_root()
    {
        await Registry.Client.UploadAsync(new WheelBuilder("harbour-verse", "2.5").Build(), Cancellation);
        var project = WriteProject("reader", source: true);

        var result = await RunAsync(["add", "harbour-verse", "--no-interaction"], project, trusting: false);

        result.MustFail();
        Assert.False(File.Exists(Path.Combine(project, "poetry.lock")));
    }

    private string WriteProject(string name, bool source)
    {
        var sourceTable = source
            ? $"""

               [[tool.poetry.source]]
               name = "anchorage"
               url = "{Registry.SimpleUrl()}"
               default = true

               """
            : "";
        Home.Write($"{name}/pyproject.toml", $"""
            [tool.poetry]
            name = "{name}"
            version = "0.1.0"
            description = "A package for a test."
            authors = ["A Test <test@example.org>"]

            [tool.poetry.dependencies]
            python = "^3.8"
            {sourceTable}
            [build-system]
            requires = ["poetry-core>=1.0.0"]
            build-backend = "poetry.core.masonry.api"
            """);
        return Home.PathOf(name);
    }

    private Task<CommandResult> RunAsync(string[] arguments, string project, bool trusting = true)
    {
        var environment = new Dictionary<string, string>
        {
            ["POETRY_REPOSITORIES_ANCHORAGE_URL"] = new Uri(Registry.Address, "/main/").AbsoluteUri,
            ["POETRY_HTTP_BASIC_ANCHORAGE_USERNAME"] = "__token__",
            ["POETRY_HTTP_BASIC_ANCHORAGE_PASSWORD"] = Token,
            ["POETRY_VIRTUALENVS_IN_PROJECT"] = "true",
            ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring",
        };
        if (trusting)
            environment["POETRY_CERTIFICATES_ANCHORAGE_CERT"] = Registry.RootFile;
        return Commands.RunAsync(Find("poetry"), [.. arguments, "--no-ansi"], Home, Cancellation, environment, project);
    }
}
