namespace Tritter.Core.Tests;

/// <summary>Files of the checkout that tests read.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string EmbeddedModel => Path.Combine(Root, "models", "tritter-100m");

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Tritter.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("the tests run inside a checkout of Tritter");
    }
}
