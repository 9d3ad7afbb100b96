using Anchorage.Packaging;

namespace Anchorage.Server.Index;

/// <summary>
/// Two lists of projects as one. Lists come sorted from the database and from the public index, so they are zipped:
/// a dictionary of 750,000 names costs 120 MB, a second list 18.
/// </summary>
internal static class ProjectListMerge
{
    /// <summary>Every name once, ordered by normalised name; where both have it, in the spelling of <paramref name="first"/>.</summary>
    public static IReadOnlyList<ProjectListEntry> Merge(IReadOnlyList<ProjectListEntry> first, IReadOnlyList<ProjectListEntry> second)
    {
        (first, second) = (Sorted(first), Sorted(second));
        if (first.Count == 0)
            return second;
        if (second.Count == 0)
            return first;
        var merged = new List<ProjectListEntry>(first.Count + second.Count);
        for (int left = 0, right = 0; left < first.Count || right < second.Count;)
        {
            var order = left == first.Count ? 1 : right == second.Count ? -1 : Compare(first[left].Name, second[right].Name);
            merged.Add(order <= 0 ? first[left] : second[right]);
            if (order <= 0)
                left++;
            if (order >= 0)
                right++;
        }
        return merged;
    }

    /// <summary>The list itself where it is in order and has every name once, else a copy that is.</summary>
    private static IReadOnlyList<ProjectListEntry> Sorted(IReadOnlyList<ProjectListEntry> list)
    {
        var isSorted = true;
        for (var i = 1; i < list.Count && isSorted; i++)
            isSorted = Compare(list[i - 1].Name, list[i].Name) < 0;
        if (isSorted)
            return list;
        var sorted = new List<ProjectListEntry>(list.Count);
        // Stable, so that the first of several spellings stays the first.
        foreach (var entry in list.Order(Comparer<ProjectListEntry>.Create(static (left, right) => Compare(left.Name, right.Name))))
        {
            if (sorted.Count == 0 || Compare(sorted[^1].Name, entry.Name) != 0)
                sorted.Add(entry);
        }
        return sorted;
    }

    /// <summary>Ordinal order of the names as <see cref="ProjectName"/> normalises them, without making them.</summary>
    private static int Compare(string left, string right)
    {
        int i = 0, j = 0;
        while (i < left.Length && j < right.Length)
        {
            var order = Next(left, ref i).CompareTo(Next(right, ref j));
            if (order != 0)
                return order;
        }
        return (left.Length - i).CompareTo(right.Length - j);
    }

    private static char Next(string name, ref int position)
    {
        var c = name[position++];
        if (c is not ('-' or '_' or '.'))
            return char.ToLowerInvariant(c);
        while (position < name.Length && name[position] is '-' or '_' or '.')
            position++;
        return '-';
    }
}
