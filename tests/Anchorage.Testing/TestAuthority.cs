namespace Anchorage.Testing;

/// <summary>Placeholder.</summary>
public sealed class TestAuthority;
