using Microsoft.CodeAnalysis;
using Tritter.Core.CSharp;

namespace Tritter.Core.Tests.CSharp;

/// <summary>Small projects to ask the compiler about.</summary>
internal static class Projects
{
    private static readonly MetadataReference[] _framework =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(p) is "mscorlib.dll" or "netstandard.dll")
            .Select(p => MetadataReference.CreateFromFile(p)),
    ];

    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    public static CSharpProject Of(params (string Path, string Text)[] files) => CSharpProject.Create("test", [.. files, ("Usings.cs", Usings)], _framework);

    public static CSharpProject Incomplete(params (string Path, string Text)[] files) => CSharpProject.Create("test", [.. files, ("Usings.cs", Usings)], _framework, isComplete: false);
}
