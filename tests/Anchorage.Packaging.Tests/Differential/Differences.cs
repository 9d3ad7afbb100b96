using System.Text.Json;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>A difference that is meant: why, and how to recognise it, by the case or by the reference's verdict.</summary>
internal sealed record Explained<T>(string Reason, Func<T, bool> Applies, Func<JsonElement, bool>? AppliesToVerdict = null);

/// <summary>Compares our verdicts with the reference's: none may differ without one of the reasons listed in the test.</summary>
internal static class Differences
{
    private const int MostShown = 20;

    /// <param name="cases">What is judged.</param>
    /// <param name="toJson">A case as reference.py reads it.</param>
    /// <param name="judge">Our verdict in the shape of the reference's.</param>
    /// <param name="explained">The differences that are meant.</param>
    public static async Task AssertNoneAsync<T>(List<T> cases, Func<T, object> toJson, Func<T, object?> judge, params Explained<T>[] explained)
    {
        var verdicts = await Reference.JudgeAsync(cases.ConvertAll(item => toJson(item)), TestContext.Current.CancellationToken);
        var counts = new int[explained.Length];
        var accepted = 0;
        var unexplained = new List<string>();
        foreach (var (item, theirs) in cases.Zip(verdicts))
        {
            accepted += theirs.ValueKind == JsonValueKind.Null ? 0 : 1;
            var ours = JsonSerializer.SerializeToElement(judge(item));
            if (JsonElement.DeepEquals(ours, theirs))
                continue;
            var reason = Array.FindIndex(explained, difference => difference.Applies(item) && difference.AppliesToVerdict?.Invoke(theirs) != false);
            if (reason >= 0)
                counts[reason]++;
            else
                unexplained.Add($"{JsonSerializer.Serialize(toJson(item))}\n  ours   {ours}\n  theirs {theirs}");
        }
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"{cases.Count} cases, {accepted} of them accepted by the reference");
        for (var i = 0; i < explained.Length; i++)
            output?.WriteLine($"{counts[i]} differences: {explained[i].Reason}");
        Assert.True(unexplained.Count == 0, $"{unexplained.Count} differences from the reference:\n{string.Join('\n', unexplained.Take(MostShown))}");
        // A batch in which nearly everything is refused, or nothing, proves little.
        Assert.InRange(accepted, cases.Count / 5, cases.Count);
    }
}
