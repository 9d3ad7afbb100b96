using System.Globalization;

namespace Anchorage.Bench.Contestants;

/// <summary>What the kernel says about processes: /proc.</summary>
internal static class ProcessFacts
{
    /// <summary>USER_HZ: a constant of Linux's interface, whatever the kernel's own clock.</summary>
    private const double TicksPerSecond = 100;

    public static IEnumerable<int> ChildrenOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(static text => int.Parse(text, CultureInfo.InvariantCulture)).ToList();
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Processor time of all of them so far.</summary>
    public static TimeSpan ProcessorTime(IEnumerable<int> processes) => TimeSpan.FromSeconds(processes.Sum(static process =>
    {
        var text = File.ReadAllText($"/proc/{process}/stat");
        // The second field is the program's name in parentheses and may hold anything; utime and stime are the 14th and 15th.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }));

    /// <summary>Resident memory in bytes, files mapped included.</summary>
    public static long Resident(int process) => Status(process, "VmRSS");

    /// <summary>The most that was resident since the last <see cref="ForgetPeak"/>.</summary>
    public static long PeakResident(int process) => Status(process, "VmHWM");

    public static void ForgetPeak(int process)
    {
        using var file = new StreamWriter($"/proc/{process}/clear_refs");
        file.Write('5');
    }

    public static string Processor => File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";

    public static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    public static long MemoryBytes => Kilobytes("/proc/meminfo", "MemTotal");

    private static long Status(int process, string field) => Kilobytes($"/proc/{process}/status", field);

    private static long Kilobytes(string file, string field) => File.ReadLines(file)
        .Where(line => line.StartsWith(field + ":", StringComparison.Ordinal))
        .Select(static line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024).First();
}
