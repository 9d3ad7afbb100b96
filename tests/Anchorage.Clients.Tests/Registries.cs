[assembly: AssemblyFixture(typeof(Anchorage.Clients.Tests.Registries))]

namespace Anchorage.Clients.Tests;

/// <summary>
/// What every client here talks to, started once: a registry with a package of its own in <c>main</c>, whose <c>pypi</c>
/// mirrors <c>main</c> of a second registry, which holds real wheels of the public index.
/// </summary>
public sealed class Registries : IAsyncLifetime
{
    /// <summary>Real wheels, each with the Python it requires: a client picks the newest that fits it, or the mirror lost requires-python.</summary>
    private static readonly string[][] publicWheels =
    [
        ["ensurepip", "setuptools-40.6.2-py2.py3-none-any.whl"],
        ["ensurepip", "setuptools-47.1.0-py3-none-any.whl"],
        ["ensurepip", "setuptools-58.1.0-py3-none-any.whl"],
        ["ensurepip", "setuptools-65.5.0-py3-none-any.whl"],
        ["packse", "vendor", "setuptools-69.0.2-py3-none-any.whl"],
        ["virtualenv-embed", "setuptools-82.0.1-py3-none-any.whl"],
        ["virtualenv-embed", "setuptools-83.0.0-py3-none-any.whl"],
        ["ensurepip", "pip-18.1-py2.py3-none-any.whl"],
        ["ensurepip", "pip-24.2-py3-none-any.whl"],
        ["virtualenv-embed", "pip-26.1.2-py3-none-any.whl"],
        ["packse", "vendor", "packaging-23.2-py3-none-any.whl"],
        ["packse", "vendor", "tomli-2.0.1-py3-none-any.whl"],
    ];

    /// <summary>The private package that every client installs.</summary>
    public static BuiltDistribution Demo { get; } = new WheelBuilder("harbour-demo", "1.2").RequiringPython(">=2.7").Build();

    /// <summary>A later release that no Python of today may take.</summary>
    public static BuiltDistribution DemoOfTheFuture { get; } = new WheelBuilder("harbour-demo", "2.0").Tagged("py3-none-any").RequiringPython(">=4").Build();

    private RegistryHost? upstream;
    private RegistryHost? registry;

    /// <summary>The registry that clients use.</summary>
    public RegistryHost Registry => registry!;

    /// <summary>The registry that it mirrors.</summary>
    public RegistryHost Upstream => upstream!;

    /// <summary>The release of setuptools that a Python gets from the mirror.</summary>
    public static string SetuptoolsFor(Version python) => python switch
    {
        { Major: 2 } => "40.6.2",
        { Minor: 6 } => "58.1.0",
        { Minor: 7 } => "65.5.0",
        { Minor: 8 } => "69.0.2",
        { Minor: 9 } => "82.0.1",
        _ => "83.0.0",
    };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        upstream = await RegistryHost.StartAsync(cancellation, settings => settings.WithAnonymousReading());
        registry = await RegistryHost.StartAsync(cancellation, settings => settings.WithAnonymousReading().WithUpstream(upstream));
        await registry.Client.UploadAsync(Demo, cancellation);
        await registry.Client.UploadAsync(DemoOfTheFuture, cancellation);
        if (!TestVectors.ArePresent && !Repository.IsContinuousIntegration)
            return;
        foreach (var wheel in publicWheels)
            await upstream.Client.UploadAsync(TestVectors.Wheel(wheel), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (registry is not null)
            await registry.DisposeAsync();
        if (upstream is not null)
            await upstream.DisposeAsync();
    }
}
