using System.Reflection;
using System.Text.RegularExpressions;

namespace Tritter.Architecture.Tests;

public sealed partial class DocumentTests
{
    private const int MostLinesOfAFile = 800;

    // Packages whose name is one Pascal-case word look like types in the dependency list.
    private static readonly string[] _packagesOfOneWord = ["StreamJsonRpc", "TorchSharp"];

    private static readonly Assembly[] _assemblies =
    [
        typeof(Inference.InferenceEngine).Assembly,
        typeof(Core.Documents.Document).Assembly,
        Assembly.Load("Tritter.Repository"),
        Assembly.Load("Tritter.Remote"),
        Assembly.Load("tritter"),
    ];

    [Fact]
    public void EveryTypeInTheArchitectureExists()
    {
        HashSet<string> types = [.. _assemblies.SelectMany(a => a.GetTypes()).Select(t => t.Name.Split('`')[0])];
        string[] named = [.. Architecture.TypeNames.Except(_packagesOfOneWord)];

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, types));
    }

    [Fact]
    public void EveryPathInTheArchitectureExists()
    {
        string[] paths = [.. BacktickedFolder().Matches(Architecture.Text).Select(m => m.Groups[1].Value).Distinct()];

        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(Checkout.Root, path)), $"{path} does not exist"));
    }

    [Fact]
    public void OnlyTheRemoteAssemblyUsesTheNetwork()
    {
        string[] networks = ["System.Net", "System.ClientModel", "OpenAI", "Microsoft.Extensions.AI"];
        ILookup<bool, Assembly> assemblies = _assemblies.ToLookup(assembly => assembly.GetName().Name == "Tritter.Remote");

        Assert.Contains(Assert.Single(assemblies[true]).GetReferencedAssemblies(), IsNetwork);
        Assert.All(assemblies[false], assembly => Assert.DoesNotContain(assembly.GetReferencedAssemblies(), IsNetwork));

        bool IsNetwork(AssemblyName reference) => networks.Any(network => reference.Name!.StartsWith(network, StringComparison.Ordinal));
    }

    [Fact]
    public void TheEngineComputesNothingWithTheCLibrary()
    {
        IEnumerable<string> files = Repository.Files("*.cs").Where(file => Path.GetRelativePath(Checkout.Root, file).StartsWith("Tritter.Inference" + Path.DirectorySeparatorChar, StringComparison.Ordinal));

        Assert.All(files, file => Assert.DoesNotMatch(InexactFunction(), File.ReadAllText(file)));
    }

    [Fact]
    public void NoSourceFileIsLong()
    {
        Assert.All(Repository.Files("*.cs"), file => Assert.InRange(File.ReadLines(file).Count(), 0, MostLinesOfAFile));
    }

    [Fact]
    public void TheFirstCommandsOfTheReadmeAreStartAndTest()
    {
        string[] block = Repository.Read("README.md").Split("```")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        Assert.StartsWith("npm start", block[1]);
        Assert.StartsWith("npm test", block[2]);
    }

    // Functions whose last bit depends on the C library or the processor; a square root and a fused multiply-add do not.
    [GeneratedRegex(@"\b(?:MathF?|float|double|Vector\d*|TensorPrimitives)\.(?:A?(?:Sin|Cos|Tan)(?:h|Pi)?|SinCos(?:Pi)?|Atan2|Exp\w*|Log\w*|Pow|Cbrt|Hypot|\w*Estimate)\(")]
    private static partial Regex InexactFunction();

    // Every path that the architecture names is in backticks, from the root, and ends in a slash when it is a folder.
    [GeneratedRegex(@"`((?:Tritter\.Inference|server|client-vs|tests|bench|models|samples|scripts|docs|\.ci)/[^`\s*]*)`")]
    private static partial Regex BacktickedFolder();
}
