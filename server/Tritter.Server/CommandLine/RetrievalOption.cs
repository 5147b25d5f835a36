using System.CommandLine;
using Tritter.Core.Context;

namespace Tritter.Server.CommandLine;

/// <summary><c>--retrieval outlines,imports,names,words</c>: where text of other files comes from, to measure what each brings.</summary>
internal static class RetrievalOption
{
    public static Option<string> Create() => new("--retrieval")
    {
        Description = "Where to look for text of other files: any of outlines, imports, names, words, with commas between.",
        DefaultValueFactory = _ => "outlines",
        HelpName = "SOURCES",
    };

    /// <exception cref="CommandFailure">It names something else.</exception>
    public static RetrievalSources Read(string text) =>
        Enum.TryParse(text, ignoreCase: true, out RetrievalSources sources) && !text.Any(char.IsDigit)
            ? sources
            : throw new CommandFailure($"--retrieval takes outlines, imports, names and words with commas between, not {text}", ExitCode.Usage);
}
