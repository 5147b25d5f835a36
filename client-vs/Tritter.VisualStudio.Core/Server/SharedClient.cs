namespace Tritter.VisualStudio.Server;

/// <summary>A place in a document that the user looks at.</summary>
/// <param name="Length">0 when nothing is selected.</param>
public sealed record ActivePlace(string Uri, int Start, int Length);

/// <summary>
/// The one client of this process. The package and the editor's parts are assemblies of their own, which Visual Studio constructs without
/// knowledge of each other, and they meet here.
/// </summary>
public static class SharedClient
{
    private static readonly Lazy<TritterClient> _instance = new(() => new TritterClient(
        log => ServerCommand.Installed(Path.GetDirectoryName(typeof(SharedClient).Assembly.Location)).Start(log), new ClientSettings()));

    private static Func<ActivePlace?> _place = () => null;

    public static TritterClient Instance => _instance.Value;

    /// <summary>Where the user is, as the editor that had the focus last says; to be called on the main thread.</summary>
    public static ActivePlace? Place => _place();

    /// <summary>Says that an editor has the focus.</summary>
    public static void Focus(Func<ActivePlace?> place) => _place = place;
}
