namespace Anchorage.Cli;

/// <summary>What scripts may rely on.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>doctor: the server is not trusted.</summary>
    public const int Findings = 1;

    /// <summary>The registry said no.</summary>
    public const int Refused = 1;

    /// <summary>The question could not be asked: no connection, no trust, no answer.</summary>
    public const int Unchecked = 2;

    /// <summary>EX_USAGE of sysexits.h.</summary>
    public const int Usage = 64;

    /// <summary>128 + SIGINT, as a shell reports it.</summary>
    public const int Interrupted = 130;
}

/// <summary>The command line asks for something that makes no sense; the message says what would.</summary>
internal sealed class UsageException(string message) : Exception(message);
