using CsCheck;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>What has been read is printed in a form that reads as the same, and normalising twice changes nothing.</summary>
public class PrintingPropertyTests
{
    private static readonly Gen<string> Name = HostileText.Of(Gen.String[Gen.Char["aZ09-_."], 1, 8].Select(text => "a" + text + "0"), "aZ0-_.");

    private static readonly Gen<string> Specifiers = HostileText.Of(
        Gen.Select(Gen.OneOfConst("==", "!=", ">=", "<=", "<", ">", "~=", "==="), Gen.OneOfConst("1.0", "1.2.*", "1!2rc1", "1.0.post1.dev2", "1.0+local"), (sign, version) => sign + version).Array[0, 3].Select(clauses => string.Join(", ", clauses)),
        "=!<>~,.*0129+rc");

    private static readonly Gen<string> Marker =
        Gen.Select(Gen.OneOfConst("os_name", "python_version", "extra"), Gen.OneOfConst("==", "in", "not in", ">=", "~="), HostileText.Of(Gen.OneOfConst("nt", "3.9", "a\\nb", "\\x41", "q"), "abc\\n'\""), (left, sign, right) => $"{left} {sign} '{right}'");

    [Fact]
    public void Normalised_names_stay_as_they_are() => Name.Sample(text =>
    {
        if (!ProjectName.TryParse(text, out var name))
            return;
        Assert.True(ProjectName.IsNormalized(name.ToString()));
        Assert.Equal(name, ProjectName.Parse(name.ToString()));
        Assert.Equal(name.GetHashCode(), ProjectName.Parse(text.ToUpperInvariant()).GetHashCode());
        Assert.Equal(name, ProjectName.Parse(name.ToFilenamePart()));
    });

    [Fact]
    public void Printed_specifiers_read_as_the_same() => Specifiers.Sample(text =>
    {
        if (!VersionSpecifiers.TryParse(text, out var set))
            return;
        Assert.Equal(set.ToString(), VersionSpecifiers.Parse(set.ToString()).ToString());
    });

    [Fact]
    public void Printed_requirements_and_markers_read_as_the_same() => Gen.Select(Name, Specifiers, Marker).Sample((name, specifiers, marker) =>
    {
        if (Requirement.TryParse($"{name} {specifiers}; {marker}", out var requirement, out _))
        {
            Assert.True(Requirement.TryParse(requirement.ToString(), out var again, out var problem), problem);
            Assert.Equal(requirement.ToString(), again.ToString());
            Assert.Equal(requirement.Name, again.Name);
        }
        if (EnvironmentMarker.TryParse(marker, out var read, out _))
        {
            Assert.True(EnvironmentMarker.TryParse(read.ToString(), out var again, out var problem), problem);
            Assert.Equal(read.ToString(), again.ToString());
        }
    });
}
