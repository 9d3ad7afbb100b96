// The reader of pip's configuration beside pip itself: the same files and variables go through the option parser of three
// real pips, and cert, proxy, index and trusted hosts must come out alike.

using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Settings;

public class PipConfigurationTests
{
    // One process for all cases: pip reads os.environ and sys.prefix anew for every parser.
    private const string Script = """
        import os
        from pip._internal.commands import create_command
        base = dict(os.environ)
        answers = []
        for case in cases:
            os.environ.clear()
            os.environ.update(base)
            os.environ.update(case["environment"])
            os.chdir(case["folder"])
            sys.prefix = case["prefix"]
            sys.argv = ["pip"] + case["arguments"]
            try:
                options, _ = create_command("download", isolated="--isolated" in case["arguments"]).parse_args(case["arguments"])
                answers.append([options.cert or "", options.proxy or "", options.index_url or "", " ".join(options.trusted_hosts)])
            except SystemExit:
                answers.append(["broken"])
            except Exception as error:
                answers.append(["broken"])
        print(json.dumps(answers))
        """;

    private sealed record Case(string Name, Dictionary<string, string> Files, Dictionary<string, string> Environment, string[] Arguments);

    private static readonly Dictionary<string, string> none = [];

    private static Case Files(string name, params (string Path, string Content)[] files) => new(name, files.ToDictionary(file => file.Path, file => file.Content), none, []);

    private static readonly Case[] cases =
    [
        Files("nothing"),
        Files("all levels", ("xdg/pip/pip.conf", "[global]\ncert=/xdg\n"), ("home/.pip/pip.conf", "[global]\ncert=/legacy\n"), ("home/.config/pip/pip.conf", "[global]\ncert=/user\n"), ("venv/pip.conf", "[global]\ncert=/site\n")),
        Files("without site", ("xdg/pip/pip.conf", "[global]\ncert=/xdg\n"), ("home/.pip/pip.conf", "[global]\ncert=/legacy\n"), ("home/.config/pip/pip.conf", "[global]\ncert=/user\n")),
        Files("legacy alone", ("home/.pip/pip.conf", "[global]\ncert=/legacy\n")),
        Files("xdg alone", ("xdg/pip/pip.conf", "[global]\ncert=/xdg\n")),
        Files("command beats global of a higher file", ("home/.config/pip/pip.conf", "[download]\ncert=/command\n"), ("venv/pip.conf", "[global]\ncert=/site\n")),
        Files("another command's section", ("venv/pip.conf", "[install]\ncert=/install\n")),
        Files("empty value hides", ("home/.config/pip/pip.conf", "[global]\ncert=/user\n"), ("venv/pip.conf", "[global]\ncert=\n")),
        Files("empty command value falls to global", ("home/.config/pip/pip.conf", "[global]\ncert=/user\n"), ("venv/pip.conf", "[download]\ncert=\n")),
        Files("lists override", ("home/.config/pip/pip.conf", "[global]\ntrusted-host = a.test\n    b.test\n"), ("venv/pip.conf", "[global]\ntrusted-host = c.test d.test\n")),
        Files("quotes stay", ("venv/pip.conf", "[global]\ncert = \"/x/quoted.pem\"\n")),
        Files("inline comment stays", ("venv/pip.conf", "[global]\ncert = /x/a.pem ; remark\n")),
        Files("home is put in", ("venv/pip.conf", "[global]\ncert = ~/ca.pem\n")),
        Files("variables are not", ("venv/pip.conf", "[global]\ncert = $HOME/ca.pem\n")),
        Files("percent", ("venv/pip.conf", "[global]\ncert = /x/100%.pem\n")),
        Files("colon", ("venv/pip.conf", "[global]\ncert: /x/colon.pem\n")),
        Files("dashes and underscores", ("venv/pip.conf", "[global]\n--cert = /x/dashes.pem\nindex_url = https://a.test/simple\nTRUSTED_HOST = a.test\n")),
        Files("two spellings", ("venv/pip.conf", "[global]\ncert = /first\n--cert = /second\n")),
        Files("upper-case section", ("venv/pip.conf", "[GLOBAL]\ncert = /x\n")),
        Files("byte order mark", ("venv/pip.conf", "\uFEFF[global]\ncert = /x\n")),
        Files("no section", ("venv/pip.conf", "cert = /x\n")),
        Files("twice", ("venv/pip.conf", "[global]\ncert = /x\ncert = /y\n")),
        Files("section twice", ("venv/pip.conf", "[global]\ncert = /x\n[global]\nproxy = http://p\n")),
        Files("no value", ("venv/pip.conf", "[global]\ncert\n")),
        Files("defaults", ("venv/pip.conf", "[DEFAULT]\ncert = /default\n[global]\nproxy = http://p.test:3128\n")),
        Files("defaults without a section", ("venv/pip.conf", "[DEFAULT]\ncert = /default\n")),
        Files("folder in the place of a file", ("venv/pip.conf/x", "")),
        Files("old Mac lines", ("venv/pip.conf", "[global]\rcert = /x\r")),
        Files("indented first key", ("venv/pip.conf", "[global]\n  cert = /x\n  proxy = http://p.test\n")),
        Files("blank line in a list", ("venv/pip.conf", "[global]\ntrusted-host =\n    a.test\n\n    b.test\n# remark\n    c.test\n")),
        Files("index", ("venv/pip.conf", "[global]\nindex-url = https://a.test/simple\nextra-index-url = https://b.test\n")),
        new("variable beats files", new() { ["venv/pip.conf"] = "[global]\ncert=/site\n" }, new() { ["PIP_CERT"] = "/variable" }, []),
        new("empty variable", new() { ["venv/pip.conf"] = "[global]\ncert=/site\n" }, new() { ["PIP_CERT"] = "" }, []),
        new("variable with home", [], new() { ["PIP_CERT"] = "~/v.pem" }, []),
        new("argument beats variable", [], new() { ["PIP_CERT"] = "/variable" }, ["--cert", "/argument"]),
        new("the last argument", [], [], ["--cert", "/first", "--cert=/last"]),
        new("empty argument", [], new() { ["PIP_CERT"] = "/variable" }, ["--cert="]),
        new("hosts of variable and arguments", [], new() { ["PIP_TRUSTED_HOST"] = "a.test  b.test" }, ["--trusted-host", "c.test"]),
        new("hosts of variable over file", new() { ["venv/pip.conf"] = "[global]\ntrusted-host=f.test\n" }, new() { ["PIP_TRUSTED_HOST"] = "v.test" }, []),
        new("chosen file hides the user's", new() { ["home/.config/pip/pip.conf"] = "[global]\nproxy=http://user.test\n", ["chosen.conf"] = "[global]\ncert=/chosen\n", ["venv/pip.conf"] = "[global]\ncert=/site\n" }, new() { ["PIP_CONFIG_FILE"] = "chosen.conf" }, []),
        new("chosen file that is not there", new() { ["home/.config/pip/pip.conf"] = "[global]\ncert=/user\n" }, new() { ["PIP_CONFIG_FILE"] = "/nonexistent" }, []),
        new("null device", new() { ["home/.config/pip/pip.conf"] = "[global]\ncert=/user\n", ["venv/pip.conf"] = "[global]\ncert=/site\n" }, new() { ["PIP_CONFIG_FILE"] = "/dev/null" }, []),
        new("isolated", new() { ["home/.config/pip/pip.conf"] = "[global]\ncert=/user\n", ["xdg/pip/pip.conf"] = "[global]\nproxy=http://x.test\n" }, new() { ["PIP_CERT"] = "/variable" }, ["--isolated"]),
    ];

    [Theory]
    [InlineData("22.0.4")]
    [InlineData("24.2")]
    [InlineData("26.1.2")]
    public async Task Options_come_out_as_in_pip_itself(string version)
    {
        using var home = new TestDirectory();
        var client = PythonOracle.WithPip(version);
        var prepared = cases.Select((one, place) => Prepare(home, one, place)).ToList();
        var answers = await PythonOracle.AskAsync(home, client, Script, prepared.Select(one => new { environment = one.Environment, folder = one.Folder, prefix = one.Folder + "/venv", arguments = one.Arguments }));

        var wrong = new List<string>();
        for (var place = 0; place < cases.Length; place++)
        {
            var pip = string.Join(" | ", answers[place].EnumerateArray().Select(part => part.GetString()));
            var ours = string.Join(" | ", Ours(prepared[place]));
            if (pip != ours)
                wrong.Add($"{cases[place].Name}: pip {pip}, ours {ours}");
        }
        Assert.Empty(wrong);
    }

    private sealed record Prepared(string Folder, Dictionary<string, string> Environment, string[] Arguments);

    private static Prepared Prepare(TestDirectory home, Case one, int place)
    {
        home.MakeDirectory($"{place}", "venv");
        foreach (var (path, content) in one.Files)
            home.Write($"{place}/{path}", content);
        var folder = home.PathOf($"{place}");
        // The machine's own /etc/pip.conf cannot be taken away from pip: this file, which ranks above it, hides what it may say.
        if (!one.Files.Keys.Any(path => path.StartsWith("home/.pip", StringComparison.Ordinal)) && !one.Arguments.Contains("--isolated"))
            home.Write($"{place}/home/.pip/pip.conf", "[global]\ncert =\n");
        var environment = new Dictionary<string, string>(one.Environment) { ["HOME"] = folder + "/home", ["XDG_CONFIG_DIRS"] = folder + "/xdg" };
        return new Prepared(folder, environment, one.Arguments);
    }

    private static IEnumerable<string> Ours(Prepared one)
    {
        var files = new MachineFiles(null, MachinePlatform.Linux);
        var home = one.Environment["HOME"];
        var candidates = PipConfiguration.Candidates(files, one.Environment, home, one.Folder, one.Folder + "/venv", one.Arguments.Contains("--isolated"));
        var options = new PipOptions(PipOptions.ParseCommandLine(one.Arguments), one.Environment, PipConfiguration.Load(files, candidates, isPython2: false), "download");
        if (options.Configuration.Fault is not null)
            return ["broken"];
        var cert = options.Find("cert") is [var first, ..] ? first.Value : "";
        return
        [
            cert.StartsWith("~/", StringComparison.Ordinal) ? home + cert[1..] : cert,
            options.Find("proxy") is [var proxy, ..] ? proxy.Value : "",
            options.Find("index-url") is [var index, ..] ? index.Value : "https://pypi.org/simple",
            string.Join(' ', options.FindList("trusted-host").Select(host => host.Value)),
        ];
    }

    [Fact]
    public void A_file_says_which_line_it_fails_at()
    {
        Assert.Contains("line 3", IniText.Parse("[global]\ncert = a\ncert = b\n").Fault, StringComparison.Ordinal);
        Assert.Contains("byte order mark", IniText.Parse("\uFEFF[global]\n").Fault, StringComparison.Ordinal);
        // Python 2 took the last one, and remarks behind values.
        Assert.Equal(["a", "b"], IniText.Parse("[global]\ncert = a ; remark\ncert = b\n", isPython2: true).Entries.Select(entry => entry.Value));
    }
}
