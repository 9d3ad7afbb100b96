// Parsers of foreign formats beside the programs that own them, on many small variations from fixed seeds.

using System.Text;
using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Settings;

public class OracleTests
{
    private static string Pick(Random random, params ReadOnlySpan<string> from) => from[random.Next(from.Length)];

    [Fact]
    public async Task Ini_text_is_read_as_configparser_reads_it()
    {
        var random = new Random(1);
        var texts = Enumerable.Range(0, 1_500).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pick(
            random, "[global]\n", "[install]\n", "[DEFAULT]\n", "cert = /a\n", "cert=/b\n", "Proxy: http://p\n", "  more\n", "\tdeep\n", "\n", "# remark\n", "; remark\n", "  # inner\n", "word\n", "= x\n", "[broken\n", "[a]b]\n", "k = v ; x\r\n", "--cert = c\n", "x:y=z\n", " cert = i\n", "[ spaced ]\n", "\uFEFF", "[]\n")))).ToList();
        const string script = """
            import configparser, io
            answers = []
            for text in cases:
                parser = configparser.RawConfigParser()
                try:
                    parser.read_file(io.StringIO(text, newline=None))
                    answers.append([[section, key, value] for section in parser.sections() for key, value in parser.items(section)])
                except configparser.Error:
                    answers.append(None)
            print(json.dumps(answers))
            """;
        using var home = new TestDirectory();
        var answers = await PythonOracle.AskAsync(home, PythonOracle.Newest, script, texts);
        for (var place = 0; place < texts.Count; place++)
        {
            var ini = IniText.Parse(texts[place]);
            var python = answers[place].ValueKind == JsonValueKind.Null ? null
                : answers[place].EnumerateArray().Select(entry => string.Join('|', entry.EnumerateArray().Select(part => part.GetString()))).Order(StringComparer.Ordinal).ToList();
            var ours = ini.Fault is not null ? null : ini.Entries.Where(entry => entry.Section != "DEFAULT").Select(entry => $"{entry.Section}|{entry.Key}|{entry.Value}").Order(StringComparer.Ordinal).ToList();
            Assert.True(python is null ? ours is null : ours is not null && python.SequenceEqual(ours), $"{JsonSerializer.Serialize(texts[place])}\nPython {answers[place]}\nours {ini.Fault} {JsonSerializer.Serialize(ours)}");
        }
    }

    [Fact]
    public async Task Toml_is_read_as_tomllib_reads_it()
    {
        string[] texts =
        [
            "a = 1\n[b]\nc = \"x\\u0041\\n\"\nd.e = 'raw\\n'\n[b.f]\ng = true # remark\n",
            "[[source]]\nname = \"x\"\nverify_ssl = false\n[[source]]\nname = \"y\"\n[source.options]\nz = 1\n",
            "hosts = [\n  \"a\", # one\n  \"b\",\n]\nempty = []\n",
            "inline = { a = 1, b = { c = \"d\" } }\narray = [{ u = 1 }, { u = 2 }]\n",
            "text = \"\"\"\nline one\nline \\\n   two\"\"\"\nraw = '''a\n'b'''\n",
            "\"quoted key\".'other' = \"v\"\n\"a.b\" = 1\n",
            "quotes = \"\"\"a\"\"\"\"\"\nq = ''''x'''\n",
            "date = 1979-05-27T07:32:00Z\nf = 1e3\nhex = 0xff\n",
            "a = \n", "[x\n", "a = \"open\n", "a = [1,\n", "= 1\n", "a = 1 b = 2\n",
        ];
        const string script = """
            import tomllib
            def flat(value, path):
                if isinstance(value, dict):
                    for key, inner in value.items():
                        yield from flat(inner, path + [key])
                elif isinstance(value, list):
                    for place, inner in enumerate(value):
                        yield from flat(inner, path + [str(place)] if isinstance(inner, dict) else path)
                elif isinstance(value, str):
                    yield ".".join(path) + "=" + value
                else:
                    yield ".".join(path) + "=" + (str(value).lower() if isinstance(value, bool) else "*")
            answers = []
            for text in cases:
                try:
                    answers.append(sorted(flat(tomllib.loads(text), [])))
                except tomllib.TOMLDecodeError:
                    answers.append(None)
            print(json.dumps(answers))
            """;
        using var home = new TestDirectory();
        var answers = await PythonOracle.AskAsync(home, PythonOracle.Newest, script, texts);
        for (var place = 0; place < texts.Length; place++)
        {
            var toml = TomlText.Parse(texts[place]);
            Assert.True(answers[place].ValueKind == JsonValueKind.Null == toml.Fault is not null, $"{texts[place]}\n{toml.Fault}");
            if (toml.Fault is not null)
                continue;
            var ours = toml.Entries.Select(entry => $"{entry.Path}={(entry.IsText || entry.Value is "true" or "false" ? entry.Value : "*")}").Order(StringComparer.Ordinal);
            Assert.Equal(answers[place].EnumerateArray().Select(part => part.GetString()!).Order(StringComparer.Ordinal), ours);
        }
    }

    [Theory]
    [InlineData("18.1")]
    [InlineData("22.0.4")]
    [InlineData("26.1.2")]
    public async Task Trusted_hosts_switch_off_what_they_switch_off_in_pip(string version)
    {
        string[] hosts = ["localhost", "LOCALHOST", "localhost:8441", "localhost:443", "localhost.", ".localhost", "*.localhost", "*", "localhost,other", "other", "other:8441", "127.0.0.1", "127.0.0.1:8441", "[::1]", "[::1]:8441"];
        string[] urls = ["https://localhost/simple/", "https://localhost:8441/simple/", "https://LocalHost:8441/x", "https://127.0.0.1:8441/", "https://127.0.0.1/", "https://sub.localhost/", "https://[::1]:8441/"];
        const string script = """
            try:
                from pip._internal.network.session import PipSession
                make = lambda host: PipSession(trusted_hosts=[host])
            except ImportError:
                from pip._internal.download import PipSession
                make = lambda host: PipSession(insecure_hosts=[host])
            answers = []
            for host, url in cases:
                # requests lower-cases the scheme and host before it looks for the adapter.
                answers.append("Insecure" in type(make(host).get_adapter(url.lower())).__name__)
            print(json.dumps(answers))
            """;
        var cases = hosts.SelectMany(host => urls.Select(url => (string[])[host, url])).ToList();
        using var home = new TestDirectory();
        var answers = await PythonOracle.AskAsync(home, PythonOracle.WithPip(version), script, cases);
        var wrong = new List<string>();
        for (var place = 0; place < cases.Count; place++)
        {
            var ours = TrustedHost.Parse(cases[place][0]).SwitchesOff(new Uri(cases[place][1]), PipVersion.Parse(version)!.Value);
            if (ours != answers[place].GetBoolean())
                wrong.Add($"{cases[place][0]} for {cases[place][1]}: pip {answers[place]}, ours {ours}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Requirements_files_give_the_options_that_pip_takes_from_them()
    {
        var random = new Random(3);
        var texts = Enumerable.Range(0, 300).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => Pick(
            random, "demo==1.0\n", "--trusted-host a.test\n", "--trusted-host=b.test # why\n", "# --trusted-host c.test\n", "--trusted-host \\\n  d.test\n", "-i https://u:p@e.test/simple\n", "--extra-index-url ${INDEX}\n",
            "\n", "  --trusted-host 'f.test'\n", "-ihttps://g.test\n", "demo --hash=sha256:00\n", "--index-url https://h.test#x\n", "--no-index\n", "-f https://i.test/links --trusted-host j.test\n", "x # y \\\n", "--trusted-host ${HOST_NAME}\n")))).ToList();
        const string script = """
            import os
            os.environ["INDEX"] = "https://env.test/simple"
            from pip._internal.req.req_file import RequirementsFileParser, get_line_parser
            answers = []
            for place, text in enumerate(cases):
                path = f"{place}.txt"
                open(path, "w").write(text)
                found = []
                try:
                    for line in RequirementsFileParser(None, get_line_parser(None)).parse(path, False):
                        options = line.opts
                        for name, values in (("--trusted-host", options.trusted_hosts), ("--index-url", [options.index_url] if options.index_url else []), ("--extra-index-url", options.extra_index_urls), ("--find-links", options.find_links)):
                            found += [f"{line.lineno} {name} {value}" for value in values or []]
                    answers.append(found)
                except Exception:
                    answers.append(None)
            print(json.dumps(answers))
            """;
        using var home = new TestDirectory();
        var answers = await PythonOracle.AskAsync(home, PythonOracle.WithPip("24.2"), script, texts);
        var environment = new Dictionary<string, string> { ["INDEX"] = "https://env.test/simple" };
        for (var place = 0; place < texts.Count; place++)
        {
            // What pip refuses as a whole is looked at all the same.
            if (answers[place].ValueKind == JsonValueKind.Null)
                continue;
            var ours = RequirementsText.Parse(texts[place], "r.txt", environment).Select(option => $"{option.Line} {option.Name} {option.Value}").Order(StringComparer.Ordinal);
            var pip = answers[place].EnumerateArray().Select(part => SafeUrl.WithoutCredentials(part.GetString()!)).Order(StringComparer.Ordinal);
            Assert.True(pip.SequenceEqual(ours), $"{texts[place]}\npip {answers[place]}\nours {string.Join(", ", ours)}");
        }
    }

    [Fact]
    public async Task No_proxy_takes_out_what_requests_takes_out()
    {
        string[] hosts = ["https://localhost:8441/", "https://pkg.example.com/simple", "https://example.com:8443/", "https://notexample.com/", "https://10.1.2.3/", "https://10.1.2.3:8443/", "https://[::1]/", "https://EXAMPLE.com/"];
        string[] lists = ["", "*", "localhost", "example.com", ".example.com", "example.com:8443", "ample.com", "10.0.0.0/8", "10.1.2.3", "10.1", "a, example.com ,b", "*.example.com", "pkg.example.com:443", "EXAMPLE.com", "::1", "10.1.2.3:8443"];
        const string script = """
            import os
            from pip._vendor.requests.utils import should_bypass_proxies
            answers = []
            for url, no_proxy in cases:
                os.environ["no_proxy"] = no_proxy
                answers.append(bool(should_bypass_proxies(url, no_proxy=None)))
            print(json.dumps(answers))
            """;
        var cases = hosts.SelectMany(host => lists.Select(list => (string[])[host, list])).ToList();
        using var home = new TestDirectory();
        var answers = await PythonOracle.AskAsync(home, PythonOracle.WithPip("26.1.2"), script, cases);
        var wrong = new List<string>();
        for (var place = 0; place < cases.Count; place++)
        {
            var ours = ProxySettings.IsExempt(new Uri(cases[place][0]), new Dictionary<string, string> { ["no_proxy"] = cases[place][1] }, ProxyFamily.Requests);
            if (ours != answers[place].GetBoolean())
                wrong.Add($"{cases[place][0]} in '{cases[place][1]}': requests {answers[place]}, ours {ours}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Gits_configuration_is_read_as_git_reads_it()
    {
        var random = new Random(5);
        using var home = new TestDirectory();
        for (var round = 0; round < 60; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => Pick(
                random, "[http]\n", "[http \"https://a.test/\"]\n", "[HTTP \"https://b.test\"] sslVerify = no\n", "\tsslVerify = false\n", "sslCAInfo = \"/x y/ca.pem\" ; c\n", "  proxy=http://p # r\n", "sslVerify\n", "# remark\n", "\n", "key = a\\\n b\n", "key = \"q\\\"q\" t  \n", "[sub.Section]\n", "k = \n")));
            var path = home.Write($"{round}.config", text);
            var git = await Commands.RunAsync("git", ["config", "--file", path, "--null", "--list"], home, TestContext.Current.CancellationToken);
            if (git.ExitCode != 0)
                continue;
            var expected = git.Output.TrimEnd('\n').Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Contains('\n') ? entry.Replace('\n', '=') : entry + "=true").Select(entry => entry.TrimStart('\n'));
            Assert.True(expected.SequenceEqual(GitConfigText.Parse(text).Select(entry => $"{entry.Name}={entry.Value}")), $"{text}\ngit {JsonSerializer.Serialize(git.Output)}\nours {JsonSerializer.Serialize(GitConfigText.Parse(text))}");
        }
    }

    [Fact]
    public void Hostile_text_neither_throws_nor_lasts()
    {
        var random = new Random(7);
        string[] seeds =
        [
            "[global]\ncert = x\n", "[[a]]\nb = \"\"\"x\n", "[http \"u\"]\nk = \"v\\\n", "--trusted-host=\"a\\\n", "-k\nproxy = \"x\\\"", "a = {b=[{c=1}]}", "ssl_verify: 'x' # y\n", "import os; inject_into_ssl()\n",
            "RUN pip install --trusted-host * --index-url http://u:p@h/", "${A}=${B}\n", "\0\0\0", "\uFEFF\uFFFE", new string('[', 5_000), new string('"', 5_000), new string('{', 5_000), new string(' ', 50_000) + "#",
        ];
        for (var round = 0; round < 4_000; round++)
        {
            var text = new StringBuilder(seeds[random.Next(seeds.Length)] + seeds[random.Next(seeds.Length)]);
            for (var changes = random.Next(6); changes > 0 && text.Length > 0; changes--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0)
                    text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                else
                    text.Insert(at, (char)random.Next(random.Next(2) == 0 ? 128 : 0xD800));
            }
            var hostile = text.ToString();
            IniText.Parse(hostile);
            IniText.Parse(hostile, isPython2: true);
            TomlText.Parse(hostile);
            GitConfigText.Parse(hostile);
            LineConfigText.ParseCurl(hostile);
            LineConfigText.ParseWget(hostile);
            LineConfigText.ParseNpm(hostile, new Dictionary<string, string> { ["A"] = "${A}" });
            LineConfigText.ParseConda(hostile);
            RequirementsText.Parse(hostile, "r", new Dictionary<string, string>());
            ScriptText.Find(hostile);
            StartupText.Find(hostile, isPth: round % 2 == 0);
            SafeUrl.WithoutCredentials(hostile);
            TrustedHost.Parse(hostile).SwitchesOff(new Uri("https://a.test/"), new PipVersion(26, 1));
            ProxySettings.IsListed(new Uri("https://a.test/"), hostile, ProxyFamily.Curl);
            PemBundle.Read(Encoding.UTF8.GetBytes(hostile));
            NativeTrust.GitUrlFits(hostile, new Uri("https://a.test/"));
        }
    }

    [Theory]
    [InlineData("http://user:secret@host/x", "http://***@host/x")]
    [InlineData("https://token@host", "https://***@host")]
    [InlineData("https://u:p@h/ and https://v:q@i/", "https://***@h/ and https://***@i/")]
    [InlineData("https://u:p/a@ss@h/x", "https://***@h/x")]
    [InlineData("git+https://h/project.git@v1", "git+https://h/project.git@v1")]
    [InlineData("https://h:8443/a@b", "https://h:8443/a@b")]
    [InlineData("plain", "plain")]
    public void Passwords_of_urls_are_never_shown(string text, string shown) => Assert.Equal(shown, SafeUrl.WithoutCredentials(text));
}
