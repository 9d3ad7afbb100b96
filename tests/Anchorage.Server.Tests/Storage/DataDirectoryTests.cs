using Anchorage.Server.Storage;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TestDirectory directory = new();

    private string Root => directory.PathOf("data");

    public void Dispose() => directory.Dispose();

    [Fact]
    public void A_fresh_directory_is_for_its_owner_alone()
    {
        using var data = DataDirectory.Open(Root);
        foreach (var path in new[] { data.Root, data.Ca, data.Blobs, data.Staging, data.Audit })
            Assert.Equal("700", UnixMode.Of(path));
        Assert.Equal("600", UnixMode.Of(Path.Combine(Root, "format")));
        Assert.Equal("600", UnixMode.Of(Path.Combine(Root, "lock")));
    }

    [Fact]
    public void A_second_server_is_refused_and_told_who_holds_the_directory()
    {
        using (DataDirectory.Open(Root))
        {
            var refusal = Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(Root));
            Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
            Assert.False(DataDirectory.Inspect(Root).IsLocked);
        }
        DataDirectory.Open(Root).Dispose();
    }

    [Fact]
    public void A_directory_of_a_newer_version_is_refused_and_not_touched()
    {
        DataDirectory.Open(Root).Dispose();
        File.WriteAllBytes(Path.Combine(Root, "format"), "2\n"u8);
        Directory.Delete(Path.Combine(Root, "staging"));
        Assert.Contains("newer version", Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(Root)).Message, StringComparison.Ordinal);
        Assert.Contains("newer version", Assert.Throws<DataDirectoryException>(() => DataDirectory.Inspect(Root)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Root, "staging")));
    }

    [Fact]
    public void What_a_crash_left_half_done_is_removed_at_start()
    {
        using (var data = DataDirectory.Open(Root))
        {
            File.WriteAllBytes(Path.Combine(data.Staging, "0123"), [1]);
            File.WriteAllBytes(Path.Combine(data.Ca, DurableFile.StagedPrefix + "0123"), [1]);
            File.WriteAllBytes(Path.Combine(data.Ca, "root.pem"), [1]);
        }
        using (var data = DataDirectory.Open(Root))
        {
            Assert.Empty(Directory.EnumerateFiles(data.Staging));
            Assert.Equal([Path.Combine(data.Ca, "root.pem")], Directory.EnumerateFiles(data.Ca));
        }
    }

    [Fact]
    public void Directories_that_became_readable_for_others_are_closed_again()
    {
        DataDirectory.Open(Root).Dispose();
        UnixMode.Set(Path.Combine(Root, "ca"), "755");
        using var data = DataDirectory.Open(Root);
        Assert.Equal("700", UnixMode.Of(data.Ca));
    }

    [Fact]
    public void Some_other_directory_is_not_taken_for_a_data_directory()
    {
        var refusal = Assert.Throws<DataDirectoryException>(() => DataDirectory.Inspect(directory.Path));
        Assert.Contains("not a data directory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_a_file_is_refused_with_the_reason()
    {
        var file = directory.Write("file", "x");
        Assert.Contains(file, Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(file)).Message, StringComparison.Ordinal);
    }
}
