namespace Anchorage.Server;

/// <summary><c>anchorage-server --help</c>.</summary>
internal static class HelpText
{
    public const string Text = """
        anchorage-server: a Python package registry over trusted HTTPS

        Usage:
          anchorage-server run     [--data DIR] [--listen https://HOST:PORT] [--Section:Key VALUE]...
          anchorage-server migrate [--data DIR] [--Database:Postgres CONNECTION]
          anchorage-server fsck    [--data DIR] [--remove-garbage] [--json]

        Example:
          anchorage-server run --data /srv/anchorage --listen https://pypi.corp.example:8443

        Options of run (also as ANCHORAGE_Section__Key in the environment, or in DIR/anchorage.json):
          --data DIR                      everything the registry keeps (default ./anchorage-data)
          --listen https://HOST:PORT      address, and the name in the certificate (default https://localhost:8443)
          --Tls:Certificate FILE          PEM certificate chain of your own PKI, with --Tls:Key FILE
          --Tls:Hosts NAME,NAME           more names for the built-in certificate
          --Tls:PlainHttpPort PORT        a plain-HTTP port that only explains how to use HTTPS
          --Database:Postgres CONNECTION  PostgreSQL instead of SQLite
          --Access:AnonymousReading BOOL  reading without credentials (default: only while listening on loopback alone)
          --Upload:MaxFileBytes N         largest upload (default 1073741824)
          --Upload:AcceptOldFilenames B   accept file names as older build tools spelt them (default false)
          --Upstream:Url URL              upstream of the index pypi at the first start (default https://pypi.org/simple/)
          --Upstream:TrustAnchors FILE    PEM roots for that upstream, in addition to the system's
          --Upstream:AllowedNetworks NETS private networks that may be dialled for it, such as 10.1.0.0/16,fd00::/8
          --Mirror:FreshFor 00:10:00      how long a mirrored page is served without asking
          --Mirror:StaleFor 7.00:00:00    how long it is served while the upstream fails
        """;
}
