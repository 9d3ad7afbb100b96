using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Storage;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Storage;

/// <summary>kill -9 at any moment: what was reported as durable is there, whole, and nothing half done is visible.</summary>
public sealed class KillTests : IDisposable
{
    private const int Kills = 15;
    private readonly TestDirectory home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Root => home.PathOf("data");

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Events_that_were_reported_as_durable_survive_being_killed()
    {
        var reported = new List<string>();
        for (var kill = 0; kill < Kills; kill++)
            reported.AddRange(await RunAndKillAsync("audit"));

        var records = AuditReader.Read(Path.Combine(Root, "audit")).ToList();
        Assert.True(reported.Count >= Kills, $"{reported.Count} events");
        Assert.Superset(reported.ToHashSet(), records.Select(record => record.Event.RequestId!).ToHashSet());
        Assert.Equal(records.Count, records.Select(record => record.Event.RequestId).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, records.Count).Select(i => (long)i), records.Select(record => record.Seq));
    }

    [Fact]
    public async Task Blobs_that_were_reported_as_published_survive_being_killed_and_no_other_is_broken()
    {
        var reported = new List<string>();
        for (var kill = 0; kill < Kills; kill++)
            reported.AddRange(await RunAndKillAsync("blobs"));

        using var directory = DataDirectory.Open(Root);
        Assert.Empty(Directory.EnumerateFiles(directory.Staging));
        var store = new FileBlobStore(directory);
        var stored = new HashSet<string>();
        await foreach (var digest in store.ListAsync(Token))
        {
            await using var content = (await store.FindAsync(digest, Token))!.OpenRead();
            Assert.Equal(digest, new Sha256Digest(await SHA256.HashDataAsync(content, Token)));
            stored.Add(digest.ToString());
        }
        Assert.True(reported.Count >= Kills, $"{reported.Count} blobs");
        Assert.Superset(reported.ToHashSet(), stored);
    }

    [Fact]
    public async Task The_data_directory_of_another_process_is_refused_until_that_process_is_gone()
    {
        await using var child = ChildProgram.Start("hold", Root, home);
        await child.WaitForLineAsync("durable ", Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
        var refusal = Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(Root));
        Assert.Contains($"process {child.Id}", refusal.Message, StringComparison.Ordinal);
        await child.KillAsync();
        DataDirectory.Open(Root).Dispose();
    }

    private async Task<IReadOnlyList<string>> RunAndKillAsync(string what)
    {
        var child = ChildProgram.Start(what, Root, home);
        await using (child)
        {
            // Some work is done; where the kill then hits is left to chance.
            await child.WaitForLineAsync("durable ", Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
            for (var spin = RandomNumberGenerator.GetInt32(200); spin > 0; spin--)
                await Task.Yield();
            await child.KillAsync();
        }
        return ChildProgram.Reports(child);
    }
}
