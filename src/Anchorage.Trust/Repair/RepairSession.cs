// `doctor --fix`: the story of a repair.
//  1 the real clients are tried, so that what works is left alone;
//  2 each repair is explained and asked about, then applied with its journal;
//  3 its clients are tried again: against the index, and against the negative control;
//  4 what did not help is taken back at once; caches that may hold unproven content are purged.
// The order: what is right for every program (the system's store) before what is right for pip alone, and settings that
// switch verification off last, when trust works without them.

using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust;

/// <summary>How a repair ended.</summary>
public enum RepairOutcome
{
    /// <summary>Applied, and proven by the clients.</summary>
    Applied,
    /// <summary>It did not help, and everything is as before.</summary>
    Reverted,
    /// <summary>The person said no.</summary>
    Declined,
    /// <summary>A step failed, and everything is as before.</summary>
    Failed,
}

/// <summary>A repair that is proposed.</summary>
/// <param name="Remedy">A constant of <see cref="RemedyIds"/>.</param>
/// <param name="Values">Values for its sentence.</param>
/// <param name="Changes">What will change, a line each.</param>
public sealed record ProposedRepair(string Remedy, IReadOnlyDictionary<string, string> Values, IReadOnlyList<string> Changes);

/// <summary>What became of a proposed repair.</summary>
/// <param name="Repair">The proposal.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="UndoId">Its name for <c>anchorage undo</c>; null where there is nothing to take back.</param>
/// <param name="Proof">What the clients showed, a line each.</param>
public sealed record RepairResult(ProposedRepair Repair, RepairOutcome Outcome, string? UndoId, IReadOnlyList<string> Proof);

/// <summary>Repairs a machine, step by step.</summary>
/// <param name="machine">The machine as it was diagnosed.</param>
/// <param name="findings">The diagnosis.</param>
/// <param name="targets">The indexes that must work.</param>
/// <param name="roots">Company roots that a person vouched for.</param>
/// <param name="scope">Whose configuration may change.</param>
/// <param name="journal">Where changes are recorded.</param>
/// <param name="time">The clock.</param>
public sealed class RepairSession(
    MachineFacts machine, IReadOnlyList<TrustFinding> findings, IReadOnlyList<Uri> targets, IReadOnlyList<X509Certificate2> roots, RepairScope scope, UndoJournal journal, TimeProvider time)
{
    // The trials of pips run at the same time; each is a process.
    private static readonly int Parallel = Math.Clamp(Environment.ProcessorCount, 2, 8);

    private Dictionary<string, TrialResult> _known = [];

    /// <summary>Runs every repair that fits.</summary>
    /// <param name="mayApply">Asked before each change.</param>
    /// <param name="tell">Told what is going on, for progress.</param>
    /// <param name="cancellationToken">Ends it; a repair in progress is taken back.</param>
    public async Task<IReadOnlyList<RepairResult>> RunAsync(Func<ProposedRepair, bool> mayApply, Action<string> tell, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mayApply);
        ArgumentNullException.ThrowIfNull(tell);
        var plan = new RepairPlan(machine, findings, roots, scope);
        var store = SystemStore.Of(machine.System.Family);
        var results = new List<RepairResult>();

        await ProposeAsync(await plan.RefreshSystemRootsAsync(store, cancellationToken));
        await ProposeAsync(plan.InstallSystemRoots(store));
        foreach (var repair in plan.FixModes())
        {
            await ProposeAsync(repair);
        }
        var pips = machine.Clients.Where(client => client is { Kind: ClientKind.Pip, Python: not null }
            && findings.SelectMany(finding => finding.Consequences.Prepend(finding)).Any(finding => finding.Clients.Contains(client.Id))).ToList();
        var trials = await TryAsync(pips, tell, cancellationToken);
        _known = trials;
        await ProposeAsync(plan.PythonBundle(trials.Where(trial => !trial.Value.Works).Select(trial => trial.Key).ToHashSet()));
        foreach (var repair in plan.RemoveTrustedHosts())
        {
            await ProposeAsync(repair);
            // Whoever relied on it needs something to trust in its place: both at once, or neither.
            if (results[^1].Outcome == RepairOutcome.Reverted)
            {
                await ProposeAsync(plan.WithBundle(repair));
            }
        }
        return results;

        async Task ProposeAsync(Repair? repair)
        {
            if (repair is not null)
            {
                results.Add(await ApplyAsync(repair, mayApply, tell, cancellationToken));
            }
        }
    }

    private async Task<RepairResult> ApplyAsync(Repair repair, Func<ProposedRepair, bool> mayApply, Action<string> tell, CancellationToken cancellationToken)
    {
        var proposal = new ProposedRepair(repair.Remedy, repair.Values, repair.Changes);
        if (!mayApply(proposal))
        {
            return new RepairResult(proposal, RepairOutcome.Declined, null, []);
        }
        // What the last trial showed still holds where nothing was changed since.
        var before = repair.OnlyTightens ? [] : repair.Clients.All(client => _known.ContainsKey(client.Id)) ? new(_known) : await TryAsync(repair.Clients, tell, cancellationToken);
        _known.Clear();
        UndoRecord record;
        try
        {
            record = await RepairExecution.ApplyAsync(repair, journal, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.DecoderFallbackException)
        {
            return new RepairResult(proposal, RepairOutcome.Failed, null, [e.Message]);
        }
        try
        {
            var after = await TryAsync(repair.Clients, tell, cancellationToken);
            var proof = after.Select(trial => Words(trial.Key, trial.Value)).ToList();
            // It must help somebody, harm nobody, and nobody may accept the negative control.
            var helped = after.Count == 0 || repair.OnlyTightens || after.Any(trial => trial.Value.Works && !before[trial.Key].Works);
            var harmed = after.Any(trial => trial.Value.Verifies == false || !trial.Value.Works && (repair.OnlyTightens || before[trial.Key].Works));
            if (!helped || harmed)
            {
                await journal.UndoAsync(record, CancellationToken.None);
                return new RepairResult(proposal, RepairOutcome.Reverted, null, proof);
            }
            if (repair.LeavesUnprovenCache)
            {
                foreach (var client in machine.Clients.Where(client => client.Kind == ClientKind.Pip && client.Python is not null))
                {
                    if (await PipCache.PurgeAsync(client, cancellationToken) is { } purged)
                    {
                        proof.Add($"purged {purged}: it may hold what nobody verified");
                    }
                }
            }
            return new RepairResult(proposal, RepairOutcome.Applied, record.Id, proof);
        }
        catch (OperationCanceledException)
        {
            await journal.UndoAsync(record, CancellationToken.None);
            throw;
        }
    }

    private async Task<Dictionary<string, TrialResult>> TryAsync(IReadOnlyList<ClientFacts> clients, Action<string> tell, CancellationToken cancellationToken)
    {
        var results = new Dictionary<string, TrialResult>();
        await System.Threading.Tasks.Parallel.ForEachAsync(clients, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken }, async (client, token) =>
        {
            tell(client.Id);
            var whole = new TrialResult(true, null, "");
            foreach (var target in targets)
            {
                var result = await PipTrial.RunAsync(client, target, time, token);
                whole = new TrialResult(
                    whole.Works && result.Works, whole.Verifies == false || result.Verifies == false ? false : whole.Verifies ?? result.Verifies,
                    whole.Words.Length > 0 ? whole.Words : result.Words);
            }
            lock (results)
            {
                results[client.Id] = whole;
            }
        });
        return results;
    }

    private static string Words(string client, TrialResult trial)
    {
        var works = trial.Works ? "reaches the index" : $"does not reach the index ({trial.Words})";
        var verifies = trial.Verifies switch
        {
            true => "refuses a server of an unknown authority, as it should",
            false => "ACCEPTS a server of an unknown authority",
            _ => "could not be tried against a server of an unknown authority",
        };
        return $"{client}: {works}, and {verifies}";
    }
}
