using CsCheck;

namespace Anchorage.Packaging.Tests.Licenses;

public class LicenseExpressionTests
{
    private const string MetadataTests = "packaging-vectors/test_metadata.json";

    [Fact]
    public void Valid_expressions_print_like_the_reference()
    {
        var cases = Vectors.Cases(MetadataTests, "TestMetadata.test_valid_license_expression");
        foreach (var pair in cases)
        {
            Assert.True(LicenseExpression.TryParse(pair[0].GetString()!, out var expression, out var problem), problem);
            Assert.Equal(pair[1].GetString(), expression.ToString());
        }
        Vectors.AssertCount(29, cases.Count);
    }

    [Fact]
    public void Invalid_expressions_are_refused_like_the_reference()
    {
        var cases = Vectors.Cases(MetadataTests, "TestMetadata.test_invalid_license_expression")
            .Concat(Vectors.Cases("packaging-vectors/test_licenses.json", "test_invalid_spdx_with_or_licenseref_forms")).ToList();
        foreach (var text in cases)
            Assert.False(LicenseExpression.TryParse(text.GetString()!, out _, out _), text.GetString());
        Vectors.AssertCount(35, cases.Count);
    }

    [Fact]
    public void Every_identifier_of_the_list_is_known_in_any_case()
    {
        var list = Vectors.Json("spdx/spdx-derived.json");
        var licenses = list.GetProperty("licenses").EnumerateArray().Select(license => license.GetProperty("id").GetString()!).ToList();
        foreach (var id in licenses)
        {
            Assert.True(LicenseExpression.TryParse(id.ToUpperInvariant(), out var expression, out _));
            Assert.Equal([id], expression.Licenses);
        }
        var exceptions = list.GetProperty("exceptions").EnumerateArray().Select(exception => exception.GetProperty("id").GetString()!).ToList();
        foreach (var id in exceptions)
            Assert.True(LicenseExpression.TryParse("MIT WITH " + id.ToLowerInvariant(), out _, out _));
        Vectors.AssertCount(733 + 86, licenses.Count + exceptions.Count);
    }

    [Fact]
    public void The_licenses_are_listed_once_each()
    {
        Assert.True(LicenseExpression.TryParse("mit or (apache-2.0 with llvm-exception and MIT)", out var expression, out _));
        Assert.Equal(["MIT", "Apache-2.0"], expression.Licenses);
    }

    [Fact]
    public void Any_text_is_answered_and_nesting_is_bounded()
    {
        Assert.False(LicenseExpression.TryParse(new string('(', 8000) + "MIT" + new string(')', 8000), out _, out _));
        Gen.OneOf(Gen.OneOfConst("MIT", "AND", "or", "WITH", "(", ")", "+", "LicenseRef-"), Gen.String).Array[0, 8].Select(words => string.Join(' ', words))
            .Sample(text => LicenseExpression.TryParse(text, out var expression, out _) == (expression is not null));
    }
}
