namespace Anchorage.Clients.Tests;

/// <summary>flit builds and publishes in one go.</summary>
public sealed class FlitTests : PublishingTests
{
    [Fact]
    public async Task Publishes_a_wheel_and_an_sdist()
    {
        var result = await PublishAsync(new Dictionary<string, string> { ["REQUESTS_CA_BUNDLE"] = Registry.RootFile });

        result.MustSucceed();
        Assert.Equal(["harbour_flit-0.3-py3-none-any.whl", "harbour_flit-0.3.tar.gz"], (await FilesOfAsync("harbour-flit")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Publishes_nothing_without_the_root()
    {
        var result = await PublishAsync(new Dictionary<string, string>());

        Assert.Contains("CERTIFICATE_VERIFY_FAILED", result.MustFail().AllText, StringComparison.Ordinal);
    }

    private Task<CommandResult> PublishAsync(Dictionary<string, string> environment)
    {
        var flit = Find("flit");
        Home.Write("project/harbour_flit.py", "\"\"\"A package for a test.\"\"\"\n__version__ = '0.3'\n");
        Home.Write("project/README.md", "# Harbour\n");
        Home.Write("project/pyproject.toml", """
            [build-system]
            requires = ["flit_core >=3.2,<4"]
            build-backend = "flit_core.buildapi"

            [project]
            name = "harbour_flit"
            readme = "README.md"
            requires-python = ">=3.6"
            dynamic = ["version", "description"]
            """);
        environment["FLIT_INDEX_URL"] = new Uri(Registry.Address, "/main/").AbsoluteUri;
        environment["FLIT_USERNAME"] = "__token__";
        environment["FLIT_PASSWORD"] = Token;
        // flit asks where classifiers come from only when a project has some: nothing leaves this machine.
        return Commands.RunAsync(flit, ["publish"], Home, Cancellation, environment, Home.PathOf("project"));
    }
}
