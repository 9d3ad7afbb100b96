// Fuzzes the readers of Anchorage.Packaging in this process. tests/fuzz/run is the command for people; it instruments the
// library in a copy of this program's folder first, so that inputs which go new ways are kept and mutated further.
using System.Globalization;
using System.Security.Cryptography;
using Anchorage.Packaging.Fuzz;

const string Usage = """
    usage: Anchorage.Packaging.Fuzz instrument ASSEMBLY
           Anchorage.Packaging.Fuzz run CORPUS OUTPUT [--minutes M] [--seed N] [TARGET…]
           Anchorage.Packaging.Fuzz replay TARGET FILE…

      run      shares the minutes (10) between the targets (all); inputs that go new ways and inputs that break a
               promise are written below OUTPUT, and the former are read again by the next run
      replay   feeds one target with files, one after the other, and shows what they break

    exit status: 0 nothing broken, 1 a promise broken, 64 usage
    """;

return args switch
{
    ["instrument", var assembly] => Instrument(assembly),
    ["run", var corpus, var output, .. var rest] => Run(corpus, output, rest),
    ["replay", var name, .. var files] when FuzzTarget.All.FirstOrDefault(target => target.Name == name) is { } target => Replay(target, files),
    _ => Fail(Usage),
};

static int Instrument(string assembly)
{
    var types = SharpFuzz.Fuzzer.Instrument(assembly, _ => true, SharpFuzz.Options.Value);
    Console.WriteLine($"{types.Count()} types of {Path.GetFileName(assembly)} instrumented");
    return 0;
}

static int Run(string corpus, string output, string[] rest)
{
    var (minutes, seed) = (10.0, Random.Shared.Next());
    var names = new List<string>();
    for (var i = 0; i < rest.Length; i++)
    {
        if (rest[i] == "--minutes" && i + 1 < rest.Length && double.TryParse(rest[i + 1], CultureInfo.InvariantCulture, out minutes))
            i++;
        else if (rest[i] == "--seed" && i + 1 < rest.Length && int.TryParse(rest[i + 1], CultureInfo.InvariantCulture, out seed))
            i++;
        else
            names.Add(rest[i]);
    }
    var targets = names.Count == 0 ? FuzzTarget.All : [.. FuzzTarget.All.Where(target => names.Contains(target.Name))];
    if (targets.Count == 0 || names.Any(name => targets.All(target => target.Name != name)))
        return Fail(Usage);

    Console.WriteLine($"seed {seed}, {minutes.ToString(CultureInfo.InvariantCulture)} minutes for {targets.Count} targets");
    var broken = 0;
    foreach (var target in targets)
    {
        var fuzzer = new Fuzzer(target, Seeds.Of(target, corpus, Path.Combine(output, "corpus")), seed);
        var failure = fuzzer.Run(int.MaxValue, TimeSpan.FromMinutes(minutes / targets.Count));
        foreach (var found in fuzzer.Found)
            Keep(Path.Combine(output, "corpus", target.Name), found);
        Console.WriteLine($"{target,-13} {fuzzer.Inputs,10} inputs, {fuzzer.Steps,5} steps between branches, {fuzzer.Found.Count(),4} inputs found, slowest {fuzzer.Slowest.TotalMilliseconds:F0} ms, at most {fuzzer.MostAllocated >> 10} KiB allocated");
        if (failure is null)
            continue;
        broken++;
        Console.WriteLine($"BROKEN {target}: {failure.Message}\n  input: {Keep(Path.Combine(output, "failures", target.Name), failure.Content)}");
    }
    return broken == 0 ? 0 : 1;
}

static int Replay(FuzzTarget target, string[] files)
{
    var broken = 0;
    foreach (var file in files)
    {
        if (new Fuzzer(target, [File.ReadAllBytes(file)], seed: 0).Run(inputs: 1, TimeSpan.Zero) is not { } failure)
            continue;
        broken++;
        Console.WriteLine($"BROKEN {file}: {failure.Message}");
    }
    Console.WriteLine($"{files.Length} files, {broken} of them break a promise");
    return broken == 0 ? 0 : 1;
}

static string Keep(string folder, byte[] content)
{
    Directory.CreateDirectory(folder);
    var path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    using var file = File.Create(path);
    file.Write(content);
    return path;
}

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 64;
}
