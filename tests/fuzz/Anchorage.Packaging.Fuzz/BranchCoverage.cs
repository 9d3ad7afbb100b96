using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Anchorage.Packaging.Fuzz;

/// <summary>
/// Tells whether an input went where none before it went. Code instrumented by SharpFuzz counts each step from branch to
/// branch in a map of 64 KiB; code that is not leaves the map empty, and then no input is ever new.
/// </summary>
internal sealed unsafe class BranchCoverage
{
    private const int MapSize = 1 << 16;

    private readonly byte* map;

    /// <summary>For each step the counts seen, as a set of the classes 1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128–255.</summary>
    private readonly byte[] seen = new byte[MapSize];

    public BranchCoverage()
    {
        // Never freed: an input that hangs may still be counting when everything else is over.
        map = (byte*)NativeMemory.AllocZeroed(MapSize);
        Trace.SharedMem = map;
    }

    /// <summary>Steps between branches seen so far.</summary>
    public int Steps { get; private set; }

    public void Clear()
    {
        new Span<byte>(map, MapSize).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether the input since <see cref="Clear"/> took a new step, or a known one a number of times that is new.</summary>
    public bool IsNew()
    {
        var isNew = false;
        var counts = new ReadOnlySpan<byte>(map, MapSize);
        for (var at = counts.IndexOfAnyExcept((byte)0); at >= 0;)
        {
            var countClass = ClassOf(counts[at]);
            if ((seen[at] & countClass) == 0)
            {
                Steps += seen[at] == 0 ? 1 : 0;
                seen[at] |= countClass;
                isNew = true;
            }
            var next = counts[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return isNew;
    }

    private static byte ClassOf(byte count) => count switch
    {
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
