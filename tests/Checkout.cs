namespace Tritter.Tests;

/// <summary>The checkout that the tests run in; compiled into every test project.</summary>
internal static class Checkout
{
    /// <summary>The folder that holds Tritter.sln, found above the test executable.</summary>
    public static string Root { get; } = FindRoot();

    public static string EmbeddedModel => Path.Combine(Root, "models", "tritter-100m");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tritter.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds Tritter.sln");
    }
}
