using System.Runtime.CompilerServices;

namespace Tritter.VisualStudio.Tests.Server;

/// <summary>The servers that these tests start keep nothing in the user's own cache folder.</summary>
internal static class TestCache
{
    [ModuleInitializer]
    internal static void Use() => Environment.SetEnvironmentVariable("TRITTER_CACHE", Directory.CreateTempSubdirectory("tritter-test-cache-").FullName);
}
