using System.Text;
using System.Text.Json;

namespace Anchorage.Packaging.Tests.Groups;

public class DependencyGroupTests
{
    private const string Tests = "packaging-vectors/test_dependency_groups.json";

    [Fact]
    public void Includes_find_groups_by_any_spelling()
    {
        const string Test = "test_normalized_name_is_used_for_include_group_lookups";
        var names = Vectors.Cases(Tests, Test).Select(name => name.GetString()!).Distinct().ToList();
        foreach (var used in names)
        {
            foreach (var declared in names)
                Assert.Equal("a", Resolve($"'{declared}' = ['a']\nbar = [{{include-group = '{used}'}}]", "bar"));
        }
        Vectors.AssertCount(6, Vectors.Cases(Tests, Test).Count);
    }

    [Fact]
    public void Items_of_another_shape_spoil_their_group()
    {
        var cases = Vectors.Cases(Tests, "test_unknown_object_shape")
            .Concat(Vectors.Cases(Tests, "test_malformed_group_entries_are_not_cached_on_resolver_instance").Select(row => row[0])).ToList();
        foreach (var item in cases)
        {
            var inline = $"{{{string.Join(", ", item.EnumerateObject().Select(pair => $"{pair.Name} = {pair.Value.GetRawText()}"))}}}";
            var groups = Read($"good = ['a']\nbad = [{inline}]");
            for (var i = 0; i < 2; i++)
            {
                Assert.False(groups.TryResolve("bad", out _, out var problem));
                Assert.Contains("line 3", problem, StringComparison.Ordinal);
            }
            Assert.True(groups.TryResolve("good", out _, out _));
        }
        Vectors.AssertCount(5, cases.Count);
    }

    [Fact]
    public void Included_requirements_stand_where_they_are_included_and_repeat() =>
        Assert.Equal("a>=1 b a>=1 c ; os_name == \"nt\"".Replace(" ;", ";", StringComparison.Ordinal).Replace("; ", ";", StringComparison.Ordinal),
            Resolve("base = ['a>=1']\nall = [{include-group = 'base'}, 'b', {include-group = 'BASE'}, 'c; os_name == \"nt\"']", "All").Replace("; ", ";", StringComparison.Ordinal));

    [Theory]
    [InlineData("a = [{include-group = 'a'}]", "itself: a → a")]
    [InlineData("a = [{include-group = 'b'}]\nb = [{include-group = 'A'}]", "a → b → a")]
    [InlineData("a = [{include-group = 'nothing'}]", "which 'a' includes")]
    [InlineData("b = []", "no dependency group 'a'")]
    [InlineData("a = 'x'", "a group is an array")]
    [InlineData("a = {x = 'y'}", "a group is an array")]
    [InlineData("a = [1]", "neither")]
    [InlineData("a = ['>=1']", "malformed requirement")]
    public void What_cannot_be_resolved_is_refused_with_a_reason(string groups, string expected)
    {
        Assert.False(Read(groups).TryResolve("a", out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a-b = []\nA_b = []", "one name")]
    public void Two_names_that_are_one_are_refused(string groups, string expected)
    {
        Assert.False(DependencyGroups.TryReadPyproject(Encoding.UTF8.GetBytes("[dependency-groups]\n" + groups), out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_may_be_included_twice_on_different_ways() =>
        Assert.Equal("x x", Resolve("d = ['x']\nb = [{include-group = 'd'}]\nc = [{include-group = 'd'}]\na = [{include-group = 'b'}, {include-group = 'c'}]", "a"));

    [Fact]
    public void A_file_without_groups_has_none()
    {
        Assert.True(DependencyGroups.TryReadPyproject("[project]\nname = 'x'"u8, out var groups, out _));
        Assert.Empty(groups.Names);
        Assert.False(DependencyGroups.TryReadPyproject("x"u8, out _, out _));
    }

    [Fact]
    public void Groups_that_grow_by_products_are_bounded()
    {
        // Each group includes the one before it ten times: the 30th would have 10^29 requirements.
        var text = "g0 = ['x']\n" + string.Join('\n', Enumerable.Range(1, 30).Select(i => $"g{i} = [{string.Join(',', Enumerable.Repeat($"{{include-group = 'g{i - 1}'}}", 10))}]"));
        Assert.False(Read(text).TryResolve("g30", out _, out var problem));
        Assert.Contains("more than", problem, StringComparison.Ordinal);
        // The same without anything in it: nothing to count but the ways.
        var empty = Read(text.Replace("'x'", "", StringComparison.Ordinal));
        Assert.False(empty.TryResolve("g30", out _, out problem));
        Assert.Contains("more than", problem, StringComparison.Ordinal);
    }

    private static DependencyGroups Read(string groups)
    {
        Assert.True(DependencyGroups.TryReadPyproject(Encoding.UTF8.GetBytes("[dependency-groups]\n" + groups), out var read, out var problem), problem);
        return read;
    }

    private static string Resolve(string groups, string name)
    {
        Assert.True(Read(groups).TryResolve(name, out var requirements, out var problem), problem);
        return string.Join(' ', requirements);
    }
}
