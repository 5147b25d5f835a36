namespace Tritter.Server.Tests.Client;

/// <summary>Files of the checkout in which the tests run.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string EmbeddedModel => Path.Combine(Root, "models", "tritter-100m");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tritter.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("the tests run inside a checkout of Tritter");
    }
}
