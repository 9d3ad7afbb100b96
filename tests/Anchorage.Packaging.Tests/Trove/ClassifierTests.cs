namespace Anchorage.Packaging.Tests.Trove;

public class ClassifierTests
{
    [Fact]
    public void The_list_is_that_of_the_public_index()
    {
        var data = Vectors.Json("classifiers/trove.json");
        var known = data.GetProperty("classifiers").EnumerateArray().Select(item => item.GetString()!).ToList();
        Assert.Equal(known.Order(StringComparer.Ordinal), Classifiers.All.Order(StringComparer.Ordinal));
        Assert.All(known, text => Assert.Null(Classifiers.FindProblem(text)));
        var deprecated = data.GetProperty("deprecated").EnumerateObject().ToList();
        foreach (var item in deprecated)
        {
            Assert.Equal(ClassifierStanding.Deprecated, Classifiers.Judge(item.Name));
            Assert.Equal(item.Value.EnumerateArray().Select(text => text.GetString()), Classifiers.ReplacementsOf(item.Name));
        }
        Assert.Equal(deprecated.Count, Classifiers.Deprecated.Count);
        Vectors.AssertCount(887 + 8, known.Count + deprecated.Count);
    }

    [Fact]
    public void What_replaces_a_deprecated_one_is_in_use() =>
        Assert.All(Classifiers.Deprecated.SelectMany(Classifiers.ReplacementsOf), text => Assert.Equal(ClassifierStanding.Known, Classifiers.Judge(text)));

    [Theory]
    [InlineData("Natural Language :: Ukranian", "use 'Natural Language :: Ukrainian'")]
    [InlineData("License :: OSI Approved :: X.Net License", "no successor")]
    [InlineData("Private :: Do Not Upload", "marks a private project")]
    [InlineData("topic :: utilities", "write 'Topic :: Utilities'")]
    [InlineData("Topic :: Utilities ", "write 'Topic :: Utilities'")]
    [InlineData("Topic :: Nothing", "not in the list")]
    [InlineData("Topic\n::\u202eNothing", "not in the list")]
    [InlineData("Topic", "not in the list")]
    public void What_the_index_refuses_is_said_with_what_to_write(string text, string expected)
    {
        var problem = Classifiers.FindProblem(text);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain(problem!, char.IsControl);
    }

    [Fact]
    public void Private_classifiers_are_private_in_any_case()
    {
        var cases = Vectors.Cases("warehouse-vectors/forklift__test_legacy.json", "test_private_classifiers_cannot_be_created");
        foreach (var parent in cases)
            Assert.Equal(ClassifierStanding.Private, Classifiers.Judge($"{parent.GetString()} :: Foo"));
        Vectors.AssertCount(3, cases.Count);
    }
}
