namespace Anchorage.Server.Tests.Storage;

/// <summary>Modes of files, in the octal form that chmod takes.</summary>
internal static class UnixMode
{
#pragma warning disable CA1416 // The server runs on Linux only.
    public static string Of(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);

    public static void Set(string path, string mode) => File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
#pragma warning restore CA1416
}
