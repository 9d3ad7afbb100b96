namespace Anchorage.Server.Operations;

/// <summary><c>anchorage-server fsck</c>.</summary>
internal static class Fsck
{
    public static Task<int> RunAsync(string[] args)
    {
        Console.Error.WriteLine($"fsck cannot check yet ({args.Length} arguments).");
        return Task.FromResult(2);
    }
}
