using System.Runtime.CompilerServices;

namespace Tritter.Server.Tests.Client;

/// <summary>Servers of these tests, in this process and others, keep nothing in the user's own cache folder.</summary>
internal static class TestCache
{
    [ModuleInitializer]
    internal static void Use() => Environment.SetEnvironmentVariable("TRITTER_CACHE", Directory.CreateTempSubdirectory("tritter-test-cache-").FullName);
}
