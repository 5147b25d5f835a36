using Microsoft.CodeAnalysis;
using Tritter.Repository.Projects;
using Tritter.Tests;

namespace Tritter.Repository.Tests.Projects;

/// <summary>The compiler accepts this repository, so a loader that understands its projects gives compilations without errors.</summary>
public sealed class OwnSolutionTests
{
    /// <summary>What source generators would have written: a test program's Main, a partial method's body, a JSON context's members. They are not run.</summary>
    private static readonly string[] _generated = ["CS5001", "CS8795", "CS0534", "CS0117", "CS1729", "CS7036", "CS1061", "CS0535"];

    // The projects around Visual Studio take assemblies by their path in packages that they only download, which the loader does not look at.
    public static TheoryData<string> Projects =>
        [.. Directory.EnumerateFiles(Checkout.Root, "*.csproj", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Checkout.Root, f)).Where(f => !f.Contains("TestResults") && !f.Contains("VisualStudio")).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void AProjectOfThisRepositoryHasNoErrorsBeyondWhatIsGenerated(string project)
    {
        LoadedProject loaded = new ProjectLoader().Load(Path.Combine(Checkout.Root, project), TestContext.Current.CancellationToken);

        Assert.Empty(loaded.Missing);
        Assert.Empty(loaded.Project.Compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error && !_generated.Contains(d.Id)));
    }
}
