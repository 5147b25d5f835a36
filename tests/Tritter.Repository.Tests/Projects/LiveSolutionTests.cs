using Microsoft.CodeAnalysis;
using Tritter.Core.CSharp;
using Tritter.Repository.Projects;

namespace Tritter.Repository.Tests.Projects;

/// <summary>Projects follow what happens on the disk.</summary>
public sealed class LiveSolutionTests : IDisposable
{
    private const string Project = "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>";

    private static readonly Dictionary<string, string> _noneOpen = [];

    private readonly SourceTree _tree = new();
    private readonly CSharpWorkspace _workspace = new(_ => { });

    public LiveSolutionTests()
    {
        _tree.Write("Lib/Lib.csproj", Project).Write("Lib/Store.cs", "public class Store;");
        _tree.Write("App/App.csproj", Project.Replace("</Project>", "<ItemGroup><ProjectReference Include=\"../Lib/Lib.csproj\" /></ItemGroup></Project>", StringComparison.Ordinal));
        _tree.Write("App/App.cs", "public class App { public Store Of() => null!; }");
    }

    [Fact]
    public void Files_that_come_and_go_are_seen_in_every_project()
    {
        LiveSolution live = Live();
        CSharpSolution before = Current(live);

        _tree.Write("Lib/deep/er/Basket.cs", "public class Basket;").Write("App/Uses.cs", "public class Uses : Basket;");
        CSharpSolution added = Current(live);
        File.Delete(Path.Combine(_tree.Root, "Lib/deep/er/Basket.cs"));
        CSharpSolution deleted = Current(live);
        Directory.Delete(Path.Combine(_tree.Root, "Lib/deep"), recursive: true);
        File.Delete(Path.Combine(_tree.Root, "App/Uses.cs"));
        CSharpSolution without = Current(live);

        Assert.Equal("App.cs Store.cs", Names(before));
        Assert.Equal(("App.cs Basket.cs Store.cs Uses.cs", ""), (Names(added), Errors(added)));
        Assert.Equal("CS0246", Errors(deleted));
        Assert.Equal(("App.cs Store.cs", ""), (Names(without), Errors(without)));
    }

    [Fact]
    public void What_did_not_change_is_the_same_solution()
    {
        LiveSolution live = Live();

        Assert.Same(Current(live), Current(live));
    }

    [Fact]
    public void What_an_editor_has_open_counts_in_other_projects_too()
    {
        LiveSolution live = Live();
        Current(live);

        CSharpSolution renamed = live.Current(new Dictionary<string, string> { [Path.Combine(_tree.Root, "Lib/Store.cs")] = "public class Shop;" }, TestContext.Current.CancellationToken);
        CSharpSolution closed = Current(live);

        Assert.Equal(("CS0246", ""), (Errors(renamed), Errors(closed)));
    }

    [Fact]
    public void Projects_that_come_change_and_go_are_seen()
    {
        LiveSolution live = Live();
        Current(live);

        _tree.Write("New/New.csproj", Project).Write("New/New.cs", "public class New;");
        CSharpSolution added = Current(live);
        string file = Path.Combine(_tree.Root, "New/New.csproj");
        File.WriteAllText(file, Project.Replace("<TargetFramework>", "<AssemblyName>Renamed</AssemblyName><TargetFramework>", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        CSharpSolution changed = Current(live);
        Directory.Delete(Path.Combine(_tree.Root, "New"), recursive: true);
        CSharpSolution gone = Current(live);

        Assert.Equal(["App", "Lib", "New"], Assemblies(added));
        Assert.Equal(["App", "Lib", "Renamed"], Assemblies(changed));
        Assert.Equal(["App", "Lib"], Assemblies(gone));
    }

    [Fact]
    public void Who_cancels_leaves_the_rest_to_the_next_question()
    {
        LiveSolution live = Live();
        Current(live);
        _tree.Write("Lib/Basket.cs", "public class Basket;");

        Assert.Throws<OperationCanceledException>(() => live.Current(_noneOpen, new CancellationToken(canceled: true)));
        Assert.Contains("Basket.cs", Names(Current(live)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_workspace_is_told_what_changed()
    {
        string lib = Path.Combine(_tree.Root, "Lib/Store.cs"), app = Path.Combine(_tree.Root, "App/App.cs"), basket = Path.Combine(_tree.Root, "Lib/Basket.cs");
        CSharpProject before = Loaded(app);
        Loaded(lib);

        bool none = Update(Path.Combine(_tree.Root, "notes.txt"));
        _tree.Write("Lib/Basket.cs", "public class Basket;").Write("App/App.cs", "public class App : Basket;");
        bool some = Update(basket, app);
        CSharpProject after = Loaded(app);
        File.Delete(basket);
        Update(basket);

        Assert.Equal((false, true), (none, some));
        Assert.Empty(before.Errors(app, TestContext.Current.CancellationToken));
        Assert.Empty(after.Errors(app, TestContext.Current.CancellationToken));
        Assert.Equal("CS0246", Assert.Single(Loaded(app).Errors(app, TestContext.Current.CancellationToken)).Id);
    }

    public void Dispose() => _tree.Dispose();

    private LiveSolution Live() => new(_tree.Root, _workspace);

    private static CSharpSolution Current(LiveSolution live) => live.Current(_noneOpen, TestContext.Current.CancellationToken);

    private CSharpProject Loaded(string path) => _workspace.ProjectOf(path, TestContext.Current.CancellationToken)!;

    private bool Update(params string[] paths) => _workspace.Update(paths, TestContext.Current.CancellationToken);

    private static string Names(CSharpSolution solution) => string.Join(' ', solution.Files.Select(f => Path.GetFileName(f.Tree.FilePath)).Order(StringComparer.Ordinal));

    private static string[] Assemblies(CSharpSolution solution) => [.. solution.Projects.Select(p => p.Compilation.AssemblyName!)];

    private static string Errors(CSharpSolution solution) =>
        string.Join(' ', solution.Projects.SelectMany(p => p.Compilation.GetDiagnostics()).Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.Id));
}
