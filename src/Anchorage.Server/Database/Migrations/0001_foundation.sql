-- Indexes, what is hosted on them, what was mirrored for them, tokens.
-- $Identity$ and $Bytes$ are spelt by the engine. Times are microseconds since 1970 UTC: the same on both engines.

CREATE TABLE package_index (
    id            $Identity$,
    name          TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,               -- hosted | mirror
    sources       TEXT NOT NULL DEFAULT '[]',  -- JSON list of index names, asked in order after the index itself
    upstream_url  TEXT,                        -- mirror: the Simple API root of the upstream, with a trailing slash
    trust_anchors TEXT,                        -- mirror: PEM of extra roots for this upstream
    created_at    BIGINT NOT NULL
);

-- One row: the last serial given out. Updating it inside the transaction of a change makes serials gapless and
-- ordered by commit, on both engines.
CREATE TABLE serial_counter (
    id    INTEGER PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO serial_counter (id, value) VALUES (1, 0);

CREATE TABLE project (
    id            $Identity$,
    index_id      BIGINT NOT NULL REFERENCES package_index (id),
    name          TEXT NOT NULL,               -- normalised
    display_name  TEXT NOT NULL,
    status        TEXT NOT NULL DEFAULT 'active',
    status_reason TEXT,
    serial        BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    UNIQUE (index_id, name)
);

CREATE TABLE release (
    id          $Identity$,
    project_id  BIGINT NOT NULL REFERENCES project (id),
    canonical   TEXT NOT NULL,                 -- version without trailing zeros: 1.0 and 1.0.0 are one release
    version     TEXT NOT NULL,                 -- normalised version of the first upload
    created_at  BIGINT NOT NULL,
    UNIQUE (project_id, canonical)
);

CREATE TABLE distribution_file (
    id              $Identity$,
    index_id        BIGINT NOT NULL REFERENCES package_index (id),
    project_id      BIGINT NOT NULL REFERENCES project (id),
    release_id      BIGINT NOT NULL REFERENCES release (id),
    filename        TEXT NOT NULL,
    kind            TEXT NOT NULL,             -- bdist_wheel | sdist
    python_version  TEXT NOT NULL,             -- as uploaded: source, or the wheel's python tags
    sha256          TEXT NOT NULL,
    md5             TEXT NOT NULL,
    blake2b_256     TEXT NOT NULL,
    size            BIGINT NOT NULL,
    metadata_sha256 TEXT NOT NULL,             -- blob with the exact bytes of METADATA (wheel) or PKG-INFO (sdist)
    metadata_size   BIGINT NOT NULL,
    requires_python TEXT,
    uploaded_at     BIGINT NOT NULL,
    uploaded_by     TEXT NOT NULL,
    yanked_reason   TEXT,                      -- null = not yanked, '' = yanked without a reason
    UNIQUE (index_id, filename)
);
CREATE INDEX distribution_file_project ON distribution_file (project_id);
CREATE INDEX distribution_file_release ON distribution_file (release_id);
CREATE INDEX distribution_file_sha256 ON distribution_file (sha256);

-- A file name that was published once never names other bytes.
CREATE TABLE tombstone (
    index_id   BIGINT NOT NULL REFERENCES package_index (id),
    filename   TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    deleted_by TEXT NOT NULL,
    PRIMARY KEY (index_id, filename)
);

-- What an upstream said about a project, and when.
CREATE TABLE mirror_project (
    index_id      BIGINT NOT NULL REFERENCES package_index (id),
    name          TEXT NOT NULL,
    upstream_url  TEXT NOT NULL,               -- the page this came from: another upstream starts afresh
    document      $Bytes$,                     -- Simple API JSON, gzip; null = the upstream said 404
    etag          TEXT,
    last_modified TEXT,
    last_serial   BIGINT,
    changed_at    BIGINT NOT NULL,
    checked_at    BIGINT NOT NULL,
    PRIMARY KEY (index_id, name)
);

-- Files of upstreams that are stored here. A row whose blob is gone is a cache miss.
CREATE TABLE mirror_file (
    index_id        BIGINT NOT NULL REFERENCES package_index (id),
    locator         TEXT NOT NULL,             -- the digest in our URL: the file's SHA-256 where the upstream names one
    filename        TEXT NOT NULL,
    project         TEXT NOT NULL,
    sha256          TEXT NOT NULL,
    size            BIGINT NOT NULL,
    fetched_at      BIGINT NOT NULL,
    PRIMARY KEY (index_id, locator, filename)
);
CREATE INDEX mirror_file_sha256 ON mirror_file (sha256);

-- Core metadata of upstreams' files: of its own, because resolvers read it of many files that nobody then installs.
CREATE TABLE mirror_metadata (
    index_id        BIGINT NOT NULL REFERENCES package_index (id),
    locator         TEXT NOT NULL,
    filename        TEXT NOT NULL,
    sha256          TEXT NOT NULL,
    fetched_at      BIGINT NOT NULL,
    PRIMARY KEY (index_id, locator, filename)
);
CREATE INDEX mirror_metadata_sha256 ON mirror_metadata (sha256);

CREATE TABLE api_token (
    id          TEXT PRIMARY KEY,              -- the public part of the token
    kind        TEXT NOT NULL,                 -- bootstrap | user
    name        TEXT NOT NULL,
    owner       TEXT NOT NULL,
    secret_hash TEXT NOT NULL,                 -- SHA-256 of the whole token, hex: the secret is random, no slow hash needed
    scopes      TEXT NOT NULL,                 -- JSON
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,
    revoked_at  BIGINT
);
