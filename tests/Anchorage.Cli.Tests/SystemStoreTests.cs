using Anchorage.Testing;

namespace Anchorage.Cli.Tests;

/// <summary>The system's own store, by its own command, in a throw-away copy of this Debian: an overlay that nobody else sees.</summary>
public sealed class SystemStoreTests : IDisposable
{
    private readonly TestDirectory _home = new();
    private readonly TestAuthority _authority = new("Corp Lab");

    public void Dispose()
    {
        _authority.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task A_root_is_added_once_listed_and_taken_back_byte_for_byte()
    {
        var result = await InCopyAsync("""
            state > before
            "$A" trust add root.pem --yes --root m
            "$A" trust add root.pem --yes --root m
            "$A" trust list --root m | grep -c "Corp Lab Root.*in effect"
            chroot m openssl verify -CApath /etc/ssl/certs /root.pem
            "$A" undo "$("$A" undo --root m | cut -f1)" --root m
            state > after
            cmp before after && echo identical
            """);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("is trusted now", result.Errors, StringComparison.Ordinal);
        Assert.Contains("is trusted already", result.Errors, StringComparison.Ordinal);
        Assert.Contains("\n/root.pem: OK\n", "\n" + result.Output, StringComparison.Ordinal);
        Assert.EndsWith("identical\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_root_is_removed_by_its_fingerprint()
    {
        var result = await InCopyAsync("""
            "$A" trust add root.pem --yes --root m
            print=$("$A" trust list --root m | grep "Corp Lab Root" | cut -f1)
            "$A" trust remove "$print" --root m
            "$A" trust remove "$print" --root m
            ! chroot m openssl verify -CApath /etc/ssl/certs /root.pem
            "$A" trust list --root m | grep "Corp Lab Root" || echo gone
            """);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("is trusted no longer", result.Errors, StringComparison.Ordinal);
        Assert.Contains("was added to this machine", result.Errors, StringComparison.Ordinal);
        Assert.EndsWith("gone\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_change_the_store_nothing_changes()
    {
        var result = await InCopyAsync("""
            state > before
            chmod a+x .. && chmod 777 . && cp "$A" ./anchorage && chmod 755 anchorage && mkdir -m 777 own
            ANCHORAGE_STATE=own setpriv --reuid=65534 --regid=65534 --clear-groups ./anchorage trust add root.pem --yes --root m && exit 9
            state > after
            cmp before after && echo identical
            """);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Everything is as before", result.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("identical\n", result.Output, StringComparison.Ordinal);
    }

    private async Task<CommandResult> InCopyAsync(string commands)
    {
        if (Environment.UserName != "root" || Commands.FindOnPath("update-ca-certificates") is null)
            Repository.LeaveOut("needs root and a Debian-like system");
        _home.Write("root.pem", _authority.RootPem);
        _home.MakeDirectory("space");
        var script = _home.Write("run.sh", $$"""
            set -eu
            A={{Anchorage.Binary}}
            mount -t tmpfs tmpfs space && cd space && mkdir upper work m && mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work m
            cp ../root.pem . && cp root.pem m/root.pem && chmod 644 root.pem m/root.pem
            state() {
                (cd m && find etc/ssl usr/local/share/ca-certificates etc/ca-certificates.conf -type f -exec sha256sum {} + -exec stat -c '%n %a %U' {} + -o -type l -printf '%p -> %l\n' | LC_ALL=C sort)
            }
            {{commands}}
            """);
        return await Commands.RunAsync("unshare", ["-m", "bash", script], _home, TestContext.Current.CancellationToken);
    }
}
