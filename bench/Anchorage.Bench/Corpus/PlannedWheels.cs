using System.Globalization;
using Anchorage.Testing;

namespace Anchorage.Bench.Corpus;

/// <summary>The wheels of a planned project: small, valid, and the same bytes every time.</summary>
internal static class PlannedWheels
{
    private static readonly string[] Platforms =
    [
        "cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64", "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64",
    ];

    private static readonly string Description = string.Concat(Enumerable.Repeat("What this project does and how to begin is told here in a few lines.\n", 6));

    public static IEnumerable<BuiltDistribution> Of(PlannedProject project)
    {
        for (var number = 0; number < project.Files; number++)
            yield return Build(project, number);
    }

    private static BuiltDistribution Build(PlannedProject project, int number)
    {
        var (release, platform) = (number / project.WheelsPerRelease, number % project.WheelsPerRelease);
        var version = string.Create(CultureInfo.InvariantCulture, $"{release / 100}.{release / 10 % 10}.{release % 10}");
        if (project.WheelBytes == 0)
            return Start(project, version, Description, platform).Build();

        // Two corrections reach the size to the byte: noise does not compress, and lengths in headers settle.
        var description = Description;
        if (project.MetadataBytes > 0)
            description = new string('x', project.MetadataBytes - Start(project, version, "x", platform).Build().Metadata.Length + 1);
        var noise = project.WheelBytes;
        for (var attempt = 0; ; attempt++)
        {
            var built = Start(project, version, description, platform).OfSize(noise, seed: 7).Build();
            if (built.Content.Length == project.WheelBytes || attempt == 2)
                return built;
            noise -= built.Content.Length - project.WheelBytes;
        }
    }

    private static WheelBuilder Start(PlannedProject project, string version, string description, int platform)
    {
        var wheel = new WheelBuilder(project.Name, version)
            .RequiringPython(">=3.9").Requiring("requests>=2.28").Requiring("click<9,>=8; extra == 'cli'").WithDescription(description);
        return project.WheelsPerRelease == 1 ? wheel.Tagged("py3-none-any") : wheel.Tagged(Platforms[platform]);
    }
}
