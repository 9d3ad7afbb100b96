// `anchorage trust`: the roots that were added to this machine's store. Roots are named by their SHA-256 fingerprint.

using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Anchorage.Trust;

namespace Anchorage.Cli;

internal static class TrustCommands
{
    public static Command Create() => new("trust", """
        Add, list and remove company roots in this machine's trust store

        Example:
          anchorage trust add company-root.pem
        """)
    {
        CreateAdd(),
        CreateList(),
        CreateRemove(),
    };

    private static Command CreateAdd()
    {
        var file = new Argument<string>("FILE") { Description = "The root certificate, PEM or DER, from the IT department" };
        var fingerprint = new Option<string?>("--sha256") { Description = "The fingerprint that it must have", HelpName = "FINGERPRINT" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        var root = Root();
        var command = new Command("add", """
            Trust a company's root certificate on this machine (needs an administrator; adding it again changes nothing)

            Example:
              sudo anchorage trust add company-root.pem --sha256 5f3c…
            """)
        { file, fingerprint, yes, root };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = Store(parsed.GetValue(root));
            var certificates = Read(parsed.GetValue(file)!);
            var expected = parsed.GetValue(fingerprint) is { } text ? Fingerprint(text) : null;
            if (expected is not null && certificates.All(certificate => ServerChain.Fingerprint(certificate) != expected))
            {
                throw new UsageException($"{parsed.GetValue(file)} does not hold a certificate with the fingerprint {expected}. Nothing was trusted.");
            }
            foreach (var certificate in certificates.Where(certificate => expected is null || ServerChain.Fingerprint(certificate) == expected))
            {
                if (!parsed.GetValue(yes) && expected is null && !IsConfirmed(certificate))
                {
                    Console.Error.WriteLine("nothing was changed");
                    return ExitCode.Usage;
                }
                var undo = await ChangeAsync(() => store.AddAsync(certificate, Journal(parsed.GetValue(root)), cancellationToken));
                Console.Error.WriteLine(Terminal.CleanLine(undo is null
                    ? $"{certificate.Subject} is trusted already" : $"{certificate.Subject} is trusted now; to take it back: anchorage undo {undo}"));
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateList()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var root = Root();
        var command = new Command("list", """
            List the roots that were added to this machine's store

            Example:
              anchorage trust list
            """)
        { json, root };
        command.SetAction(parsed =>
        {
            var roots = Store(parsed.GetValue(root)).List();
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize([.. roots.Select(stored => new ListedRoot(stored.Fingerprint, stored.Subject, stored.EndsAt, stored.IsInEffect, stored.Path))], TrustJson.Default.ListListedRoot));
                return ExitCode.Success;
            }
            foreach (var stored in roots)
            {
                Console.Out.WriteLine(string.Join('\t', new[] { stored.Fingerprint, stored.Subject, $"until {stored.EndsAt:yyyy-MM-dd}", stored.IsInEffect ? "in effect" : "NOT in effect", stored.Path }.Select(Terminal.CleanLine)));
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateRemove()
    {
        var fingerprint = new Argument<string>("FINGERPRINT") { Description = "SHA-256 of the root, from trust list" };
        var root = Root();
        var command = new Command("remove", """
            Trust a root no longer (needs an administrator; removing it again changes nothing)

            Example:
              sudo anchorage trust remove 5f3c…
            """)
        { fingerprint, root };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = Store(parsed.GetValue(root));
            var wanted = Fingerprint(parsed.GetValue(fingerprint)!);
            var undo = await ChangeAsync(() => store.RemoveAsync(wanted, Journal(parsed.GetValue(root)), cancellationToken));
            Console.Error.WriteLine(undo is null ? $"no root {wanted} was added to this machine" : $"{wanted} is trusted no longer; to take it back: anchorage undo {undo}");
            return ExitCode.Success;
        });
        return command;
    }

    private static Option<string?> Root() => new("--root") { Description = "The directory that stands for / (a chroot, an image)", HelpName = "DIR", Hidden = true };

    private static SystemStore Store(string? root)
    {
        if (root is not null && !Directory.Exists(root))
        {
            throw new UsageException($"--root {root}: there is no such directory.");
        }
        return SystemStore.Of(SystemStore.FamilyOf(root), root)
            ?? throw new UsageException("The family of this system is not known (/etc/os-release); install the root as its documentation says.");
    }

    private static UndoJournal Journal(string? root) => new(UndoJournal.DefaultDirectory(root), TimeProvider.System);

    private static string Fingerprint(string text)
    {
        var hex = text.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        return hex.Length == 64 && hex.All(char.IsAsciiHexDigit) ? hex : throw new UsageException($"'{text}' is no SHA-256 fingerprint: 64 hexadecimal digits, with or without colons.");
    }

    private static IReadOnlyList<X509Certificate2> Read(string file)
    {
        try
        {
            var certificates = CertificateFile.ReadFile(file);
            foreach (var certificate in certificates)
            {
                if (CertificateFile.WhyNoRoot(certificate, TimeProvider.System.GetUtcNow()) is { } why)
                {
                    throw new UsageException($"{file}: {why}");
                }
            }
            return certificates;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file}: {e.Message}");
        }
    }

    private static bool IsConfirmed(X509Certificate2 certificate)
    {
        if (Console.IsInputRedirected)
        {
            throw new UsageException("Whom to trust is a person's decision, and there is nobody to ask: add --sha256 FINGERPRINT, or --yes.");
        }
        Console.Error.WriteLine(Terminal.CleanLine($"{certificate.Subject}, valid until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}"));
        Console.Error.WriteLine($"SHA-256 {ServerChain.Fingerprint(certificate)}");
        Console.Error.Write("Is this the fingerprint that your IT department published? Every program on this machine will trust it. [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes" or "是";
    }

    internal static async Task<T> ChangeAsync<T>(Func<Task<T>> change)
    {
        try
        {
            return await change();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new TrustChangeFailed($"{e.Message} This needs an administrator; everything is as before.");
        }
        catch (IOException e)
        {
            throw new TrustChangeFailed($"{e.Message} Everything is as before.");
        }
    }
}

internal sealed record ListedRoot(string Sha256, string Subject, DateTimeOffset NotAfter, bool InEffect, string Path);

/// <summary>A change of the machine's trust failed and was taken back.</summary>
internal sealed class TrustChangeFailed(string message) : Exception(message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(List<ListedRoot>))]
[JsonSerializable(typeof(List<ListedUndo>))]
internal sealed partial class TrustJson : JsonSerializerContext;
