using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server;
using Anchorage.Server.Audit;
using Anchorage.Server.Database;
using Anchorage.Server.Index;
using Anchorage.Server.Storage;
using Anchorage.Server.Upload;
using Anchorage.Testing;
using Microsoft.Extensions.DependencyInjection;
using Blake2bDigest = Org.BouncyCastle.Crypto.Digests.Blake2bDigest;

namespace Anchorage.Bench.Corpus;

/// <summary>
/// Publishes a plan into a data directory with the server's own code, from the inspection of each archive to the record:
/// what uploads would have left, without their HTTP.
/// </summary>
internal static class CorpusLoading
{
    private static readonly Sql InsertName = new("""
        INSERT INTO project (index_id, name, display_name, serial, created_at) VALUES (@index_id, @name, @name, @serial, @created_at)
        """);

    public static async Task RunAsync(CorpusPlan plan, string dataDirectory, Action<int> progress, CancellationToken cancellationToken)
    {
        await using var app = await ServerApplication.CreateAsync(
            ["--data", dataDirectory, "--listen", "https://localhost:0", "--Upstream:Url", "https://localhost:9/simple/"], cancellationToken: cancellationToken);
        var services = app.Services;
        var catalog = services.GetRequiredService<IndexCatalog>();
        if (catalog.Find(plan.Index) is null)
            await catalog.SaveAsync(plan.Index, IndexDefinition.Hosted, [], null, null, null, cancellationToken);
        var index = catalog.Find(plan.Index)!.Definition;
        // Projects side by side, the files of each in order: two cores build and inspect, one writer writes.
        var count = 0;
        await Parallel.ForEachAsync(plan.Projects, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken }, async (project, token) =>
        {
            foreach (var wheel in PlannedWheels.Of(project))
            {
                await PublishAsync(services, index, wheel, token);
                progress(Interlocked.Increment(ref count));
            }
        });
        await AddNamesAsync(services.GetRequiredService<SqlDatabase>(), index, plan.ListedNames, cancellationToken);
    }

    private static async Task PublishAsync(IServiceProvider services, IndexDefinition index, BuiltDistribution wheel, CancellationToken cancellationToken)
    {
        if (!DistributionFilename.TryParse(wheel.Filename, out var filename, out var problem))
            throw new InvalidOperationException($"{wheel.Filename}: {problem}");
        var archive = ArchiveInspector.Inspect(new MemoryStream(wheel.Content), filename, ArchiveLimits.Default, cancellationToken);
        using var staged = services.GetRequiredService<IBlobStore>().Stage();
        await staged.Writer.WriteAsync(wheel.Content, cancellationToken);
        var blake2 = new Blake2bDigest(256);
        blake2.BlockUpdate(wheel.Content, 0, wheel.Content.Length);
        var blake2Result = new byte[blake2.GetDigestSize()];
        blake2.DoFinal(blake2Result, 0);
#pragma warning disable CA5351 // A field of the upload API that the database keeps; nothing trusts it.
        var digests = new FileDigests(Sha256Digest.Of(wheel.Content), Convert.ToHexStringLower(MD5.HashData(wheel.Content)), Convert.ToHexStringLower(blake2Result));
#pragma warning restore CA5351
        var upload = new CheckedUpload(
            index, filename, FileKinds.Wheel, wheel.PythonVersion, archive.Metadata.DisplayName, archive, staged, wheel.Content.Length, digests);
        var entry = new AuditEvent
        {
            Action = "file.upload",
            Outcome = "intent",
            Actor = "token:BENCHMARK0000000",
            ClientAddress = "127.0.0.1",
            UserAgent = "twine/6.2.0",
            Index = index.Name,
            Project = filename.Project.ToString(),
            Version = filename.Version.ToString(),
            File = filename.Text,
            Sha256 = digests.Sha256.ToString(),
            Size = wheel.Content.Length,
        };
        var outcome = await services.GetRequiredService<PublishFile>().PublishAsync(upload, entry, cancellationToken);
        if (outcome is not PublishOutcome.Published)
            throw new InvalidOperationException($"{wheel.Filename} was not published: {outcome}");
    }

    /// <summary>Projects without files: as they are when their last file was deleted.</summary>
    private static Task<int> AddNamesAsync(SqlDatabase database, IndexDefinition index, int names, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async session =>
            {
                for (var number = 0; number < names; number++)
                {
                    var serial = await Serials.NextAsync(session, cancellationToken);
                    await session.ExecuteAsync(
                        InsertName, cancellationToken,
                        ("index_id", index.Id), ("name", CorpusPlan.NameOf(number, 1)), ("serial", serial), ("created_at", TimeProvider.System.GetUtcNow().ToMicroseconds()));
                }
                return names;
            },
            cancellationToken);
}
