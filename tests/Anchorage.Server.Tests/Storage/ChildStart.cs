using System.Runtime.CompilerServices;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Storage;

internal static class ChildStart
{
#pragma warning disable CA2255 // Comes before the test runner's generated Main; nothing else does.
    [ModuleInitializer]
    internal static void RunInsteadOfTests() => ChildProgram.RunInsteadOfTests();
#pragma warning restore CA2255
}
