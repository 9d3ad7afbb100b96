using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json;
using Anchorage.Server.Database;

namespace Anchorage.Server.Identity;

/// <summary>A token as it is stored: never the secret, only its hash.</summary>
internal sealed record StoredToken(
    string Id, string Kind, string Name, string Owner, byte[] SecretHash, IReadOnlyList<Scope> Scopes,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt)
{
    /// <summary>Who its holder is: one for all requests.</summary>
    public Principal Principal { get; } = new("token:" + Id, Scopes);
}

/// <summary>
/// Tokens in the database, kept in memory while this process is the only writer. With a shared database every check
/// reads the row, so that a token revoked on one node is dead on all.
/// </summary>
internal sealed class TokenStore(SqlDatabase database, TimeProvider time)
{
    private static readonly Sql InsertToken = new("""
        INSERT INTO api_token (id, kind, name, owner, secret_hash, scopes, created_at, expires_at)
        VALUES (@id, @kind, @name, @owner, @secret_hash, @scopes, @created_at, @expires_at)
        """);

    private static readonly Sql SelectToken = new("""
        SELECT id, kind, name, owner, secret_hash, scopes, created_at, expires_at, revoked_at FROM api_token WHERE id = @id
        """);

    private static readonly Sql SelectTokens = new("""
        SELECT id, kind, name, owner, secret_hash, scopes, created_at, expires_at, revoked_at FROM api_token ORDER BY created_at, id
        """);

    private static readonly Sql RevokeToken = new("""
        UPDATE api_token SET revoked_at = @revoked_at WHERE id = @id AND revoked_at IS NULL
        """);

    private static readonly Sql CountBootstrapTokens = new("SELECT COUNT(*) FROM api_token WHERE kind = 'bootstrap'");

    private readonly ConcurrentDictionary<string, StoredToken> known = new(StringComparer.Ordinal);

    public async Task<StoredToken> CreateAsync(
        ApiTokenText token, string kind, string name, string owner, IReadOnlyList<Scope> scopes, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        var stored = new StoredToken(token.Id, kind, name, owner, token.Hash(), scopes, time.GetUtcNow(), expiresAt, null);
        await database.ExecuteAsync(InsertToken, cancellationToken,
            ("id", stored.Id), ("kind", kind), ("name", name), ("owner", owner),
            ("secret_hash", Convert.ToHexStringLower(stored.SecretHash)),
            ("scopes", JsonSerializer.Serialize(scopes, ServerJson.Default.IReadOnlyListScope)),
            ("created_at", stored.CreatedAt.ToMicroseconds()), ("expires_at", expiresAt?.ToMicroseconds()));
        return stored;
    }

    /// <summary>The principal of a valid token; null where it is unknown, wrong, expired or revoked.</summary>
    public async ValueTask<Principal?> AuthenticateAsync(ApiTokenText presented, CancellationToken cancellationToken)
    {
        var stored = await FindAsync(presented.Id, cancellationToken);
        if (stored is null || !HasSecret(stored, presented))
            return null;
        if (stored.RevokedAt is not null || stored.ExpiresAt <= time.GetUtcNow())
            return null;
        return stored.Principal;
    }

    private static bool HasSecret(StoredToken stored, ApiTokenText presented)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        presented.Hash(hash);
        return CryptographicOperations.FixedTimeEquals(stored.SecretHash, hash);
    }

    public Task<List<StoredToken>> ListAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(SelectTokens, ReadToken, cancellationToken);

    public async Task<bool> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        var changed = await database.ExecuteAsync(RevokeToken, cancellationToken, ("id", id), ("revoked_at", time.GetUtcNow().ToMicroseconds()));
        known.TryRemove(id, out _);
        return changed > 0;
    }

    public async Task<bool> HasBootstrapTokenAsync(CancellationToken cancellationToken) =>
        await database.FindAsync(CountBootstrapTokens, row => row.GetInt64(0), cancellationToken) > 0;

    private async ValueTask<StoredToken?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!database.IsShared && known.TryGetValue(id, out var token))
            return token;
        token = await database.FindAsync(SelectToken, ReadToken, cancellationToken, ("id", id));
        // Unknown ids are not remembered: a stranger must not be able to fill the memory. A revocation between the
        // read and the insert is caught by reading the row again.
        if (token is not null && !database.IsShared)
        {
            known[id] = token;
            if (await database.FindAsync(SelectToken, ReadToken, cancellationToken, ("id", id)) is { RevokedAt: not null } revoked)
                known[id] = token = revoked;
        }
        return token;
    }

    private static StoredToken ReadToken(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3),
        Convert.FromHexString(row.GetString(4)),
        JsonSerializer.Deserialize(row.GetString(5), ServerJson.Default.IReadOnlyListScope) ?? [],
        Timestamps.FromMicroseconds(row.GetInt64(6)),
        row.IsDBNull(7) ? null : Timestamps.FromMicroseconds(row.GetInt64(7)),
        row.IsDBNull(8) ? null : Timestamps.FromMicroseconds(row.GetInt64(8)));
}
