using Tritter.Core.Completion;
using Tritter.Core.Context;

namespace Tritter.Core.CSharp;

/// <summary>What of the compiler's help is wanted.</summary>
public sealed record AssistanceParts(bool Retrieval = true, bool Gate = true, bool Mask = true)
{
    /// <summary>Where retrieval looks.</summary>
    public RetrievalSources Sources { get; init; } = RetrievalSources.Default;
}

/// <summary>What the compiler knows about a cursor in a C# document.</summary>
public static class CSharpAssistance
{
    /// <param name="file">The document; other files as they are now.</param>
    /// <param name="shown">Turns a full path into the one that the model sees.</param>
    public static Assistance For(FocusedFile file, int offset, AssistanceParts parts, Func<string, string> shown)
    {
        // What decoding has written so far has lines that end in \n.
        string after = file.Text[offset..].Replace("\r\n", "\n", StringComparison.Ordinal);
        return new Assistance(
            parts.Retrieval && parts.Sources.HasFlag(RetrievalSources.Outlines) ? token => DefinitionCards.Find(file.Whole, file.Path, offset, ContextRanking.MaxCharacters, shown, token) : null,
            parts.Mask ? before => NamesBehind.Find(file.Alone, file.Path, before, after, CancellationToken.None) : null,
            parts.Gate ? (suggestion, token) => SemanticGate.Judge(file, offset, suggestion, token) : null);
    }
}
