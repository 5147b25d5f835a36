using System.Xml.Linq;

namespace Tritter.Architecture.Tests;

public sealed class ReferenceTests
{
    // Signatures of assemblies that no registry has; they reference one another and are shipped nowhere.
    private static readonly string[] _stubs =
        ["Microsoft.VisualStudio.CoreUtility", "Microsoft.VisualStudio.Text.Data", "Microsoft.VisualStudio.Text.Logic", "Microsoft.VisualStudio.Text.UI", "Microsoft.VisualStudio.Language"];

    // Arrows point one way: Server -> Repository -> Core -> Inference. A project that is not listed here must be a test or a bench.
    private static readonly Dictionary<string, string[]> _allowedReferences = new()
    {
        ["Tritter.Inference"] = [],
        ["Tritter.Core"] = ["Tritter.Inference"],
        ["Tritter.Repository"] = ["Tritter.Core"],
        ["Tritter.Torch"] = ["Tritter.Inference"],
        ["Tritter.Remote"] = ["Tritter.Core"],
        ["Tritter.Server"] = ["Tritter.Repository", "Tritter.Remote", "Tritter.Core", "Tritter.Inference"],
        ["Tritter.VisualStudio.Core"] = [],
        ["Tritter.VisualStudio.Editor"] = ["Tritter.VisualStudio.Core", .. _stubs],
        ["Tritter.VisualStudio"] = ["Tritter.VisualStudio.Core"],
        ["Tritter.VisualStudio.Packaging"] = ["Tritter.VisualStudio", "Tritter.VisualStudio.Editor"],
    };

    private static readonly Dictionary<string, string[]> _forbiddenPackages = new()
    {
        ["Tritter.Inference"] = ["Microsoft.CodeAnalysis", "StreamJsonRpc", "System.CommandLine", "TorchSharp", "libtorch"],
        ["Tritter.Core"] = ["StreamJsonRpc", "System.CommandLine", "TorchSharp", "libtorch"],
        ["Tritter.Repository"] = ["StreamJsonRpc", "System.CommandLine", "TorchSharp", "libtorch"],
        ["Tritter.Torch"] = ["Microsoft.CodeAnalysis", "StreamJsonRpc"],
        ["Tritter.Remote"] = ["Microsoft.CodeAnalysis", "StreamJsonRpc", "System.CommandLine", "TorchSharp", "libtorch"],
        ["Tritter.Server"] = ["TorchSharp", "libtorch", "OpenAI", "Microsoft.Extensions.AI"],
        // What Visual Studio loads comes with Visual Studio.
        ["Tritter.VisualStudio.Core"] = [""],
        ["Tritter.VisualStudio.Editor"] = ["StreamJsonRpc", "Newtonsoft", "Tritter"],
        ["Tritter.VisualStudio"] = ["StreamJsonRpc", "Newtonsoft", "Tritter"],
        ["Tritter.VisualStudio.Packaging"] = [""],
    };

    public static TheoryData<string> Shipped => [.. _allowedReferences.Keys];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void ProjectsReferenceOnlyWhatIsBelowThem(string name)
    {
        Assert.Empty(Find(name).References.Except(_allowedReferences[name]));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void ProjectsKnowNothingOfWhatIsAboveThem(string name)
    {
        Assert.DoesNotContain(Find(name).Packages, package => _forbiddenPackages[name].Any(f => package.StartsWith(f, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The trainer is not part of what editors run, and libtorch's binding uses reflection; Visual Studio's process runs .NET Framework.</summary>
    public static TheoryData<string> RunByEditors =>
        [.. _allowedReferences.Keys.Where(name => name != "Tritter.Torch" && !name.StartsWith("Tritter.VisualStudio", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(RunByEditors))]
    public void ShippedProjectsCanBeCompiledAheadOfTime(string name)
    {
        Assert.Equal("true", (string?)Find(name).Xml.Descendants("IsAotCompatible").SingleOrDefault());
    }

    [Fact]
    public void EveryProjectIsShippedOrATestOrABench()
    {
        Assert.All(Repository.Projects, project => Assert.True(project.IsTestOrBench || _stubs.Contains(project.Name) || _allowedReferences.ContainsKey(project.Name), project.Path));
    }

    [Fact]
    public void NoProjectReferencesTests()
    {
        Assert.All(Repository.Projects, project => Assert.DoesNotContain(project.References, reference => reference.EndsWith(".Tests", StringComparison.Ordinal)));
    }

    [Fact]
    public void EveryProjectIsInTheSolution()
    {
        string solution = Repository.Read("Tritter.sln").Replace('\\', '/');

        Assert.All(Repository.Projects, project => Assert.Contains($"\"{project.Path}\"", solution));
    }

    [Fact]
    public void PackageVersionsStandOnlyInTheCentralList()
    {
        Assert.All(Repository.Projects, project => Assert.All(
            project.Xml.Descendants("PackageReference"),
            reference => Assert.False(
                reference.Attributes().Any(a => a.Name.LocalName.StartsWith("Version", StringComparison.Ordinal)) || reference.Elements("Version").Any(),
                $"{project.Path} gives {reference.Attribute("Include")?.Value} a version of its own")));
    }

    [Fact]
    public void EveryPackageHasAReasonInTheArchitecture()
    {
        IEnumerable<string> everywhere = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("PackageReference").Select(e => e.Attribute("Include")!.Value);
        string[] packages = [.. Repository.Projects.SelectMany(p => p.Packages).Concat(everywhere).Distinct()];

        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Contains($"- `{package}`: ", Architecture.Section("Dependencies")));
    }

    private static Project Find(string name) => Assert.Single(Repository.Projects, project => project.Name == name);
}
