using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Tritter.Repository.Projects;

namespace Tritter.Server.Evaluations.Programs;

/// <summary>Compiles C# in this process, which takes a tenth of a project's build, and runs it with the .NET of this machine. Asserts are in.</summary>
internal sealed class CSharpToolchain : Toolchain
{
    private const long HeapBytes = 512L << 20;

    private static readonly CSharpCompilationOptions _options = new(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Debug);
    private static readonly CSharpParseOptions _language = new(LanguageVersion.Latest, preprocessorSymbols: ["DEBUG"]);

    private MetadataReference[]? _references;

    public override string Language => "C#";

    public override string Needs => "the .NET SDK";

    public override string Sample => "class Sample { static void Main() { System.Diagnostics.Debug.Assert(1 + 1 == 2); } }\n";

    public override Task<Executable?> BuildAsync(string source, Confinement confinement, CancellationToken cancellationToken)
    {
        _references ??= [.. SdkReferences.Find("", []).Select(path => MetadataReference.CreateFromFile(path))];
        if (SdkReferences.Roots().FirstOrDefault() is not { } root || SdkReferences.Newest() is not { } version)
        {
            return Task.FromResult<Executable?>(null);
        }

        SyntaxTree tree = CSharpSyntaxTree.ParseText(source, _language, cancellationToken: cancellationToken);
        using var assembly = new MemoryStream();
        if (!CSharpCompilation.Create("program", [tree], _references, _options).Emit(assembly, cancellationToken: cancellationToken).Success)
        {
            return Task.FromResult<Executable?>(null);
        }

        string configuration = $$"""{ "runtimeOptions": { "framework": { "name": "Microsoft.NETCore.App", "version": "{{version.ToString(2)}}.0" } } }""";
        return Task.FromResult<Executable?>(new Executable(
            [("program.dll", assembly.ToArray()), ("program.runtimeconfig.json", Encoding.UTF8.GetBytes(configuration))],
            [Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"), "exec", "program.dll"])
        {
            // The runtime takes addresses, not memory, for several times its heap before it begins; the heap's own limit is what counts.
            Memory = 8L << 30,
            Environment =
            [
                ("DOTNET_GCHeapHardLimit", $"0x{HeapBytes:X}"), ("DOTNET_gcServer", "0"), ("DOTNET_EnableDiagnostics", "0"), ("DOTNET_DbgEnableMiniDump", "0"),
                ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"),
            ],
        });
    }
}
