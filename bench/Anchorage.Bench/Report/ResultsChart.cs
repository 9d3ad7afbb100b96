using System.Globalization;
using System.Net;
using System.Text;

namespace Anchorage.Bench.Report;

/// <summary>
/// The ratios to the floor and to nginx as bars. Text and lines take the reader's light or dark; the ends of targets are
/// ticks, so that nothing is said by colour alone.
/// </summary>
internal static class ResultsChart
{
    private const int Left = 330, Width = 420, RowHeight = 34, Top = 64;
    private const double Most = 1.2;

    public static string Write(Results results)
    {
        var rows = results.Rows.Where(static row => row.ToFloor is not null || row.ToNginx is not null).ToList();
        var height = Top + (rows.Count * RowHeight) + 40;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Left + Width + 90} {height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Rates of Anchorage as a share of the floor and of nginx">
            <style>
            .ink {"{"} fill: #1f2328 {"}"} .soft {"{"} fill: #59636e {"}"} .paper {"{"} fill: #ffffff {"}"} .line {"{"} stroke: #8c959f {"}"} .floor {"{"} fill: #0969da {"}"} .nginx {"{"} fill: #8250df {"}"} .target {"{"} stroke: #1f2328; stroke-width: 2 {"}"}
            @media (prefers-color-scheme: dark) {"{"} .ink {"{"} fill: #f0f6fc {"}"} .soft {"{"} fill: #9198a1 {"}"} .paper {"{"} fill: #0d1117 {"}"} .floor {"{"} fill: #4493f8 {"}"} .nginx {"{"} fill: #ab7df8 {"}"} .target {"{"} stroke: #f0f6fc {"}"} {"}"}
            </style>
            <rect class="paper" width="100%" height="100%"/>
            <text class="ink" x="16" y="26" font-size="16" font-weight="600">Anchorage's rate as a share of …</text>
            <rect class="floor" x="{Left}" y="14" width="12" height="12"/><text class="ink" x="{Left + 18}" y="25">the floor (bare Kestrel)</text>
            <rect class="nginx" x="{Left + 190}" y="14" width="12" height="12"/><text class="ink" x="{Left + 208}" y="25">nginx</text>
            <line class="target" x1="{Left + 270}" y1="12" x2="{Left + 270}" y2="28"/><text class="ink" x="{Left + 278}" y="25">target</text>
            """);
        foreach (var tick in new[] { 0, 0.25, 0.5, 0.75, 1 })
        {
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"<line class=\"line\" stroke-dasharray=\"2 4\" x1=\"{X(tick)}\" y1=\"{Top - 14}\" x2=\"{X(tick)}\" y2=\"{height - 26}\"/><text class=\"soft\" x=\"{X(tick)}\" y=\"{height - 10}\" text-anchor=\"middle\">{tick:0.##}</text>");
        }
        for (var i = 0; i < rows.Count; i++)
            WriteRow(svg, rows[i], Top + (i * RowHeight));
        return svg.AppendLine("</svg>").ToString();
    }

    private static void WriteRow(StringBuilder svg, Row row, int y)
    {
        var name = WebUtility.HtmlEncode($"{row.Workload}. {row.Name}");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text class=\"ink\" x=\"{Left - 10}\" y=\"{y + 12}\" text-anchor=\"end\">{name}</text>");
        Bar(svg, "floor", row.ToFloor, y, Target(row, "of the floor"));
        Bar(svg, "nginx", row.ToNginx, y + 13, Target(row, "of nginx"));
    }

    private static void Bar(StringBuilder svg, string kind, double? ratio, int y, double? target)
    {
        if (ratio is not { } value || double.IsNaN(value))
            return;
        var end = X(Math.Min(value, Most));
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<rect class=\"{kind}\" x=\"{Left}\" y=\"{y}\" width=\"{end - Left}\" height=\"11\"/><text class=\"ink\" font-size=\"11\" x=\"{end + 5}\" y=\"{y + 10}\">{value:0.00}</text>");
        if (target is { } promised)
            svg.AppendLine(CultureInfo.InvariantCulture, $"<line class=\"target\" x1=\"{X(promised)}\" y1=\"{y - 1}\" x2=\"{X(promised)}\" y2=\"{y + 12}\"/>");
    }

    private static double? Target(Row row, string what) =>
        row.Checks.FirstOrDefault(check => check.Target.EndsWith(what, StringComparison.Ordinal)) is { } check
            ? double.Parse(check.Target.Split(' ')[1], CultureInfo.InvariantCulture)
            : null;

    private static double X(double ratio) => Math.Round(Left + (ratio / Most * Width), 1);
}
