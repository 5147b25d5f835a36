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
    /// <param name="project">Its other documents as they are now.</param>
    /// <param name="path">The document's full path, as the project spells it.</param>
    /// <param name="shown">Turns a full path into the one that the model sees.</param>
    public static Assistance For(CSharpProject project, string path, string text, int offset, AssistanceParts parts, Func<string, string> shown)
    {
        CSharpProject now = project.WithDocument(path, text);
        // What decoding has written so far has lines that end in \n.
        string after = text[offset..].Replace("\r\n", "\n", StringComparison.Ordinal);
        return new Assistance(
            parts.Retrieval && parts.Sources.HasFlag(RetrievalSources.Outlines) ? token => DefinitionCards.Find(now, path, offset, ContextRanking.MaxCharacters, shown, token) : null,
            parts.Mask ? before => NamesBehind.Find(now, path, before, after, CancellationToken.None) : null,
            parts.Gate ? (suggestion, token) => SemanticGate.Judge(now, path, text, offset, suggestion, token) : null);
    }
}
