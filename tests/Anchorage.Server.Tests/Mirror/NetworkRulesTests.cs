using System.Net;
using Anchorage.Server.Upstreams;

namespace Anchorage.Server.Tests.Mirror;

/// <summary>Which addresses a page of a hostile upstream can make the registry dial: none but public ones.</summary>
public sealed class NetworkRulesTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    public void Addresses_that_are_not_public_need_a_permission(string address)
    {
        Assert.True(NetworkRules.TryParse([], out var none, out _));
        Assert.False(none.Permit(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("151.101.0.223")]
    [InlineData("172.32.0.1")]
    [InlineData("2a04:4e42::223")]
    [InlineData("64:ff9b::9765:df")]
    public void Public_addresses_need_none(string address)
    {
        Assert.True(NetworkRules.TryParse([], out var none, out _));
        Assert.True(none.Permit(IPAddress.Parse(address)));
    }

    [Fact]
    public void A_permission_holds_for_its_network_alone()
    {
        Assert.True(NetworkRules.TryParse(["10.1.0.0/16", "fd00::/8"], out var rules, out _));

        Assert.True(rules.Permit(IPAddress.Parse("10.1.2.3")));
        Assert.True(rules.Permit(IPAddress.Parse("::ffff:10.1.2.3")));
        Assert.True(rules.Permit(IPAddress.Parse("fd12::1")));
        Assert.False(rules.Permit(IPAddress.Parse("10.2.0.1")));
        Assert.False(rules.Permit(IPAddress.Parse("127.0.0.1")));
    }

    [Theory]
    [InlineData("10.1.2.3/8")]
    [InlineData("ten")]
    [InlineData("")]
    public void What_is_no_network_is_refused_by_name(string text)
    {
        Assert.False(NetworkRules.TryParse([text], out _, out var problem));
        Assert.Contains($"'{text}'", problem, StringComparison.Ordinal);
    }
}
