using System.Collections.Frozen;
using System.Data.Common;
using System.Text.Json;
using Anchorage.Server.Database;
using Anchorage.Server.Storage;
using Anchorage.Server.Upstreams;

namespace Anchorage.Server.Index;

/// <summary>An index as it is configured.</summary>
internal sealed record IndexDefinition(long Id, string Name, string Kind, IReadOnlyList<string> Sources, Uri? UpstreamUrl, string? TrustAnchors)
{
    /// <summary>How the upstream of a mirror is reached.</summary>
    public UpstreamSettings Upstream { get; init; } = UpstreamSettings.Default;

    public const string Hosted = "hosted";
    public const string Mirror = "mirror";
}

/// <summary>An index that answers, beside its definition.</summary>
internal sealed record NamedIndex(IndexDefinition Definition, IPackageIndex Pages);

/// <summary>
/// The indexes of this installation, as one immutable picture that is swapped when a definition changes: a request sees
/// one consistent set.
/// </summary>
internal sealed class IndexCatalog(
    SqlDatabase database, IBlobStore blobs, HostedStamps stamps, HostedFiles files, FileFetches fetches, DataDirectory directory,
    ServerOptions options, TimeProvider time, ILogger<MirrorIndex> mirrorLogger) : IDisposable
{
    public const string DefaultIndex = "main";
    private const string DefaultMirror = "pypi";

    private static readonly Sql SelectIndexes = new("SELECT id, name, kind, sources, upstream_url, trust_anchors, upstream_settings FROM package_index ORDER BY name");

    private static readonly Sql UpsertIndex = new("""
        INSERT INTO package_index (name, kind, sources, upstream_url, trust_anchors, upstream_settings, created_at)
        VALUES (@name, @kind, @sources, @upstream_url, @trust_anchors, @upstream_settings, @created_at)
        ON CONFLICT (name) DO UPDATE SET sources = excluded.sources, upstream_url = excluded.upstream_url, trust_anchors = excluded.trust_anchors,
            upstream_settings = excluded.upstream_settings
        """);

    private readonly SemaphoreSlim loading = new(1, 1);
    private FrozenDictionary<string, NamedIndex> indexes = FrozenDictionary<string, NamedIndex>.Empty;
    private Dictionary<long, (IndexDefinition Definition, MirrorIndex Mirror)> mirrors = [];

    /// <summary>The index, or null.</summary>
    public NamedIndex? Find(string name) => indexes.GetValueOrDefault(name);

    public IEnumerable<NamedIndex> All => indexes.Values.OrderBy(static index => index.Definition.Name, StringComparer.Ordinal);

    /// <summary>Reads the definitions; a fresh installation gets <c>pypi</c> and <c>main</c> (DESIGN §3).</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (indexes.Count > 0)
            return;
        var anchors = options.UpstreamTrustAnchorsFile is { } file ? await File.ReadAllTextAsync(file, cancellationToken) : null;
        // Both or none: a start that was killed between them would never create the second.
        await database.InTransactionAsync(
            async session =>
            {
                await UpsertAsync(session, DefaultMirror, IndexDefinition.Mirror, [], options.UpstreamUrl, anchors, new UpstreamSettings { AllowedNetworks = options.UpstreamAllowedNetworks }, cancellationToken);
                return await UpsertAsync(session, DefaultIndex, IndexDefinition.Hosted, [DefaultMirror], null, null, null, cancellationToken);
            },
            cancellationToken);
        await LoadAsync(cancellationToken);
    }

    /// <summary>Creates or changes an index and takes it into use. The caller has checked the definition.</summary>
    public async Task SaveAsync(string name, string kind, IReadOnlyList<string> sources, Uri? upstream, string? trustAnchors, UpstreamSettings? settings, CancellationToken cancellationToken)
    {
        await UpsertAsync(database, name, kind, sources, upstream, trustAnchors, settings, cancellationToken);
        await LoadAsync(cancellationToken);
    }

    private Task<int> UpsertAsync(
        SqlSession session, string name, string kind, IReadOnlyList<string> sources, Uri? upstream, string? trustAnchors, UpstreamSettings? settings,
        CancellationToken cancellationToken) =>
        session.ExecuteAsync(
            UpsertIndex, cancellationToken,
            ("name", name), ("kind", kind), ("sources", JsonSerializer.Serialize([.. sources], ServerJson.Default.StringArray)),
            ("upstream_url", upstream?.AbsoluteUri), ("trust_anchors", trustAnchors),
            ("upstream_settings", settings is null ? null : JsonSerializer.Serialize(settings, ServerJson.Default.UpstreamSettings)), ("created_at", time.GetUtcNow().ToMicroseconds()));

    /// <summary>Reads all definitions again (another node may have changed them).</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await loading.WaitAsync(cancellationToken);
        try
        {
            var definitions = await database.QueryAsync(SelectIndexes, ReadDefinition, cancellationToken);
            var own = new Dictionary<string, IPackageIndex>(StringComparer.Ordinal);
            var currentMirrors = new Dictionary<long, (IndexDefinition, MirrorIndex)>();
            foreach (var definition in definitions)
                own[definition.Name] = CreateOwn(definition, currentMirrors);
            var byName = definitions.ToDictionary(static definition => definition.Name, StringComparer.Ordinal);
            indexes = definitions.ToFrozenDictionary(
                static definition => definition.Name,
                definition => new NamedIndex(definition, Compose(definition, own, byName)),
                StringComparer.Ordinal);
            // Replaced mirrors are left to the collector: requests may still be using their connections.
            mirrors = currentMirrors;
        }
        finally
        {
            loading.Release();
        }
    }

    public void Dispose()
    {
        foreach (var (_, mirror) in mirrors.Values)
            mirror.Dispose();
        loading.Dispose();
    }

    private IPackageIndex CreateOwn(IndexDefinition definition, Dictionary<long, (IndexDefinition, MirrorIndex)> currentMirrors)
    {
        if (definition.Kind != IndexDefinition.Mirror)
            return new HostedIndex(definition.Id, database, blobs, stamps, files);
        // An unchanged mirror keeps its connections and what it knows.
        var mirror = mirrors.TryGetValue(definition.Id, out var known)
            && known.Definition.UpstreamUrl == definition.UpstreamUrl && known.Definition.TrustAnchors == definition.TrustAnchors
            && JsonSerializer.Serialize(known.Definition.Upstream, ServerJson.Default.UpstreamSettings) == JsonSerializer.Serialize(definition.Upstream, ServerJson.Default.UpstreamSettings)
                ? known.Mirror
                : new MirrorIndex(
                    definition.Id, definition.Name,
                    new UpstreamClient(definition.UpstreamUrl!, definition.TrustAnchors, definition.Upstream, time, directory.CreateUnnamedFile),
                    database, blobs, fetches, directory.CreateUnnamedFile, options, time, mirrorLogger);
        currentMirrors[definition.Id] = (definition, mirror);
        return mirror;
    }

    /// <summary>The index itself, then its sources and theirs, each once, in order.</summary>
    private static IPackageIndex Compose(IndexDefinition definition, Dictionary<string, IPackageIndex> own, Dictionary<string, IndexDefinition> byName)
    {
        var order = new List<string>();
        Visit(definition.Name);
        return order.Count == 1 ? own[definition.Name] : new GroupIndex(order.ConvertAll(name => own[name]));

        void Visit(string name)
        {
            if (order.Contains(name) || !byName.TryGetValue(name, out var found))
                return;
            order.Add(name);
            foreach (var source in found.Sources)
                Visit(source);
        }
    }

    private static IndexDefinition ReadDefinition(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2),
        JsonSerializer.Deserialize(row.GetString(3), ServerJson.Default.StringArray) ?? [],
        row.IsDBNull(4) ? null : new Uri(row.GetString(4)),
        row.IsDBNull(5) ? null : row.GetString(5))
    {
        Upstream = (row.IsDBNull(6) ? null : JsonSerializer.Deserialize(row.GetString(6), ServerJson.Default.UpstreamSettings)) ?? UpstreamSettings.Default,
    };
}
