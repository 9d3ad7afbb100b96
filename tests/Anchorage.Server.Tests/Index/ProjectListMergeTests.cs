using Anchorage.Packaging;
using Anchorage.Server.Index;

namespace Anchorage.Server.Tests.Index;

public class ProjectListMergeTests
{
    private static string[] Merge(string[] first, string[] second) =>
        [.. ProjectListMerge.Merge(Entries(first), Entries(second)).Select(static entry => entry.Name)];

    private static List<ProjectListEntry> Entries(string[] names) => [.. names.Select(static name => new ProjectListEntry(name, null))];

    [Fact]
    public void Names_come_once_in_the_spelling_of_the_first_and_in_normalised_order() =>
        Assert.Equal(["A.b", "a-c", "Zope"], Merge(["A.b", "Zope"], ["a_B", "a-c", "zope"]));

    [Fact]
    public void A_list_that_is_in_no_order_is_put_in_order() =>
        Assert.Equal(["a", "B", "c", "D"], Merge(["c", "B"], ["D", "a"]));

    [Fact]
    public void One_spelling_of_several_in_one_list_stays() =>
        Assert.Equal(["X.y", "z"], Merge(["z", "X.y", "x-y"], []));

    [Fact]
    public void The_order_is_that_of_project_names()
    {
        string[] names = ["a", "a-b", "a.b2", "A__c", "ab", "a1", "zz", "z-9", "z9", "a--.b-C"];
        var expected = names.Select(ProjectName.Parse).Distinct().Order().Select(static name => name.ToString());
        Assert.Equal(expected, Merge(names, []).Select(static name => ProjectName.Parse(name).ToString()));
    }
}
