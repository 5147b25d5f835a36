using System.Runtime.CompilerServices;
using Tritter.Repository.Index;

namespace Tritter.Server.Tests.Client;

/// <summary>Tests, and the processes they start, keep no index in the user's cache folder.</summary>
internal static class CacheForTests
{
    [ModuleInitializer]
    internal static void Set() => Environment.SetEnvironmentVariable(CacheFolder.Variable, Path.Combine(AppContext.BaseDirectory, "cache"));
}
