// The prediction beside what the other tools did on Debian 13, with the same roots in the same places (transcripts of the
// shared data), and node and .NET's neighbours on another machine.

using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Effective;

public class OtherToolsTests
{
    private static readonly Uri target = new("https://localhost:8441/simple/");
    private const string All = "sys certifi site certopt pipcert conf rcb ccb scf scd";

    // The name of a row: the client, its environment, its own settings.
    private static readonly Dictionary<string, (ClientKind Kind, string Environment, string Own)> debian = new()
    {
        ["curl"] = (ClientKind.Curl, "", ""),
        ["curl CURL_CA_BUNDLE"] = (ClientKind.Curl, "CURL_CA_BUNDLE=ccb", ""),
        ["curl SSL_CERT_FILE"] = (ClientKind.Curl, "SSL_CERT_FILE=scf", ""),
        ["curl SSL_CERT_DIR"] = (ClientKind.Curl, "SSL_CERT_DIR=scd", ""),
        ["curl CURL_CA_BUNDLE+SSL_CERT_FILE"] = (ClientKind.Curl, "CURL_CA_BUNDLE=ccb SSL_CERT_FILE=scf", ""),
        ["curl --cacert + CURL_CA_BUNDLE"] = (ClientKind.Curl, "CURL_CA_BUNDLE=ccb", "cacert=certopt"),
        ["curl REQUESTS_CA_BUNDLE"] = (ClientKind.Curl, "REQUESTS_CA_BUNDLE=rcb", ""),
        ["curl ~/.curlrc cacert"] = (ClientKind.Curl, "", "cacert=conf"),
        ["curl ~/.curlrc + CURL_CA_BUNDLE"] = (ClientKind.Curl, "CURL_CA_BUNDLE=ccb", "cacert=conf"),
        ["wget"] = (ClientKind.Wget, "", ""),
        ["wget SSL_CERT_FILE"] = (ClientKind.Wget, "SSL_CERT_FILE=scf", ""),
        ["wget SSL_CERT_DIR"] = (ClientKind.Wget, "SSL_CERT_DIR=scd", ""),
        ["wget CURL_CA_BUNDLE"] = (ClientKind.Wget, "CURL_CA_BUNDLE=ccb", ""),
        ["git"] = (ClientKind.Git, "", ""),
        ["git GIT_SSL_CAINFO"] = (ClientKind.Git, "GIT_SSL_CAINFO=certopt", ""),
        ["git http.sslCAInfo"] = (ClientKind.Git, "", "http.sslcainfo=conf"),
        ["git sslCAInfo + GIT_SSL_CAINFO"] = (ClientKind.Git, "GIT_SSL_CAINFO=certopt", "http.sslcainfo=conf"),
        ["git SSL_CERT_FILE"] = (ClientKind.Git, "SSL_CERT_FILE=scf", ""),
        ["git CURL_CA_BUNDLE"] = (ClientKind.Git, "CURL_CA_BUNDLE=ccb", ""),
        ["git http.sslVerify=false"] = (ClientKind.Git, "", "http.sslverify==false"),
        ["requests (Debian: certifi->system)"] = (ClientKind.Requests, "", ""),
        ["requests REQUESTS_CA_BUNDLE"] = (ClientKind.Requests, "REQUESTS_CA_BUNDLE=rcb", ""),
        ["requests RCB+CCB"] = (ClientKind.Requests, "REQUESTS_CA_BUNDLE=rcb CURL_CA_BUNDLE=ccb", ""),
        ["requests SSL_CERT_FILE"] = (ClientKind.Requests, "SSL_CERT_FILE=scf", ""),
        ["httpx"] = (ClientKind.Httpx, "", ""),
        ["httpx SSL_CERT_FILE"] = (ClientKind.Httpx, "SSL_CERT_FILE=scf", ""),
        ["httpx SSL_CERT_DIR"] = (ClientKind.Httpx, "SSL_CERT_DIR=scd", ""),
        ["httpx REQUESTS_CA_BUNDLE"] = (ClientKind.Httpx, "REQUESTS_CA_BUNDLE=rcb", ""),
        ["urllib (stdlib)"] = (ClientKind.Urllib, "", ""),
        ["urllib SSL_CERT_FILE"] = (ClientKind.Urllib, "SSL_CERT_FILE=scf", ""),
        ["urllib SSL_CERT_DIR"] = (ClientKind.Urllib, "SSL_CERT_DIR=scd", ""),
        ["urllib PYTHONHTTPSVERIFY=0"] = (ClientKind.Urllib, "PYTHONHTTPSVERIFY==0", ""),
        ["node"] = (ClientKind.Node, "", ""),
        ["node NODE_EXTRA_CA_CERTS"] = (ClientKind.Node, "NODE_EXTRA_CA_CERTS=certopt", ""),
        ["node SSL_CERT_FILE"] = (ClientKind.Node, "SSL_CERT_FILE=scf", ""),
        ["node --use-openssl-ca"] = (ClientKind.Node, "NODE_OPTIONS==--use-openssl-ca", ""),
        ["node --use-openssl-ca SSL_CERT_FILE"] = (ClientKind.Node, "NODE_OPTIONS==--use-openssl-ca SSL_CERT_FILE=scf", ""),
        ["node NODE_USE_SYSTEM_CA=1"] = (ClientKind.Node, "NODE_USE_SYSTEM_CA==1", ""),
        ["node NODE_TLS_REJECT_UNAUTHORIZED=0"] = (ClientKind.Node, "NODE_TLS_REJECT_UNAUTHORIZED==0", ""),
        ["Debian 13 pip 25.1.1"] = (ClientKind.Pip, "", ""),
        ["Debian 13 pip --cert"] = (ClientKind.Pip, "", "--cert=certopt"),
        ["Debian 13 pip RCB"] = (ClientKind.Pip, "REQUESTS_CA_BUNDLE=rcb", ""),
        ["Debian 13 pip SSL_CERT_FILE"] = (ClientKind.Pip, "SSL_CERT_FILE=scf", ""),
        ["Debian 13 pip legacy-certs"] = (ClientKind.Pip, "", "--use-deprecated==legacy-certs"),
        ["Debian 13 pip --proxy"] = (ClientKind.Pip, "", "--proxy==http://127.0.0.1:1"),
        ["twine 6.1"] = (ClientKind.Twine, "", ""),
        ["TWINE_CERT"] = (ClientKind.Twine, "TWINE_CERT=pipcert", ""),
        ["twine RCB"] = (ClientKind.Twine, "REQUESTS_CA_BUNDLE=rcb", ""),
        ["twine SSL_CERT_FILE"] = (ClientKind.Twine, "SSL_CERT_FILE=scf", ""),
        ["poetry 2.1.2"] = (ClientKind.Poetry, "", ""),
        ["poetry RCB"] = (ClientKind.Poetry, "REQUESTS_CA_BUNDLE=rcb", ""),
        ["poetry SSL_CERT_FILE"] = (ClientKind.Poetry, "SSL_CERT_FILE=scf", ""),
        ["poetry certificates.lab.cert (poetry.toml)"] = (ClientKind.Poetry, "", "certificates.lab.cert=conf"),
        ["poetry certificates.lab.cert + RCB"] = (ClientKind.Poetry, "REQUESTS_CA_BUNDLE=rcb", "certificates.lab.cert=conf"),
        ["POETRY_CERTIFICATES_LAB_CERT env"] = (ClientKind.Poetry, "POETRY_CERTIFICATES_LAB_CERT=pipcert", ""),
        ["poetry certificates.lab.cert=false"] = (ClientKind.Poetry, "", "certificates.lab.cert==false"),
        ["poetry cert=false + RCB"] = (ClientKind.Poetry, "REQUESTS_CA_BUNDLE=rcb", "certificates.lab.cert==false"),
    };

    // Rows of programs' own arguments (requests' Session.verify, twine --cert), and a flag that breaks that node outright.
    private static readonly string[] left =
        ["requests Session.verify=certopt + RCB", "requests Session.verify=False + RCB", "node --use-system-ca", "twine --cert", "twine --cert + RCB"];

    [Theory]
    [InlineData("other-tools-trust-matrix-debian13.txt", 45)]
    [InlineData("twine-poetry-trust.txt", 12)]
    public void Every_row_of_the_other_tools_is_predicted(string transcript, int predicted)
    {
        var (wrong, rows) = (new List<string>(), 0);
        foreach (var line in File.ReadLines(TestVectors.PathOf("pip-trust", "transcripts", transcript)))
        {
            if (line.Split('|', 2) is not [var name, var roots] || left.Contains(name.Trim()))
                continue;
            rows++;
            var measured = roots.Split('(')[0].Trim();
            var prediction = debian.TryGetValue(name.Trim(), out var row) ? Predict(row.Kind, row.Environment, row.Own, isDebian: true) : "a row that this test does not know";
            if (prediction != measured)
                wrong.Add($"{name.Trim()}: {measured} | predicted {prediction}");
        }
        Assert.Empty(wrong);
        Assert.Equal(predicted, rows);
    }

    [Theory]
    [InlineData("", "certifi")]
    [InlineData("SSL_CERT_FILE=scf", "certifi")]
    [InlineData("NODE_OPTIONS==--use-openssl-ca", "sys")]
    [InlineData("NODE_OPTIONS==--use-openssl-ca SSL_CERT_FILE=scf", "sys scf")]
    [InlineData("NODE_EXTRA_CA_CERTS=certopt", "certifi certopt")]
    public void Node_as_its_authors_build_it_has_the_list_compiled_in(string environment, string roots) =>
        Assert.Equal(roots, Predict(ClientKind.Node, environment, "", isDebian: false));

    [Theory]
    [InlineData("0.11.3", "", "", "certifi")]
    [InlineData("0.12.0", "SSL_CERT_FILE=scf", "", "scf")]
    [InlineData("0.12.0", "SSL_CERT_FILE=scf SSL_CERT_DIR=scd", "", "scf scd")]
    [InlineData("0.9.2", "SSL_CERT_DIR=scd", "", "certifi")]
    [InlineData("0.11.3", "SSL_CERT_FILE=missing", "", "certifi")]
    [InlineData("0.12.0", "SSL_CERT_FILE=missing", "", "-")]
    [InlineData("0.11.3", "UV_SYSTEM_CERTS==true", "", "sys")]
    [InlineData("0.10.0", "UV_SYSTEM_CERTS==true", "", "certifi")]
    [InlineData("0.10.0", "UV_NATIVE_TLS==1", "", "sys")]
    [InlineData("0.10.0", "", "native-tls==true", "sys")]
    [InlineData("0.12.0", "REQUESTS_CA_BUNDLE=rcb PIP_CERT=pipcert", "", "certifi")]
    [InlineData("0.12.0", "UV_INSECURE_HOST==localhost:8441", "", All)]
    [InlineData("0.12.0", "UV_INSECURE_HOST==localhost:8442", "", "certifi")]
    [InlineData("0.12.0", "", "allow-insecure-host==localhost", All)]
    public void Uv_replaces_its_list_and_never_looks_at_pips_settings(string version, string environment, string own, string roots) =>
        Assert.Equal(roots, Predict(ClientKind.Uv, environment, own, isDebian: false, version));

    // NAME=root is a path, NAME==text a value.
    private static string Predict(ClientKind kind, string environment, string own, bool isDebian, string? version = null)
    {
        static IEnumerable<(string Name, string Value)> Pairs(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair =>
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            var value = pair[(at + 1)..];
            return (pair[..at], value[0] == '=' ? value[1..] : value == "scd" ? "/lab/scd" : $"/lab/{value}.pem");
        });
        var variables = Pairs(environment).ToDictionary(pair => pair.Name, pair => pair.Value);
        var files = Pairs(own).Select(pair => new SettingFact(SettingOrigin.File, "/home/a/own", 1, pair.Name, pair.Value)).ToList();
        if (kind == ClientKind.Poetry)
            files.Add(new SettingFact(SettingOrigin.File, "/home/a/pyproject.toml", 3, "repositories.lab.url", "https://localhost:8441/simple/"));
        var client = new InstalledClient
        {
            Kind = kind,
            Version = version ?? (kind == ClientKind.Pip ? "25.1.1" : kind == ClientKind.Requests ? "2.32.3" : kind == ClientKind.Httpx ? "0.28.1" : "20.19.2"),
            Path = "/usr/bin/x",
            Python = MatrixSettings.Python("3.13.5"),
            IsDebianPatched = isDebian,
            CertifiPath = isDebian ? "/etc/ssl/certs/ca-certificates.crt" : "/lib/certifi.pem",
            UsesSystemStore = isDebian,
        };
        var settings = new ClientSettings
        {
            Environment = variables,
            Files = files,
            Pip = new PipOptions([.. files.Select(fact => fact with { Origin = SettingOrigin.CommandLine })], variables, PipConfiguration.Empty, "download"),
        };
        var facts = EffectiveTrust.Of(client, settings, MatrixSettings.Machine, target);
        return facts.DisabledBy is not null ? All : facts.Broken ?? MatrixSettings.Roots(facts);
    }
}
