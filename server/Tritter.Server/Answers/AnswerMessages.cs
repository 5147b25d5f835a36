using Tritter.Core.Answers;
using Tritter.Core.Documents;
using Tritter.Server.Lsp;

namespace Tritter.Server.Answers;

/// <summary>From an answer to what is sent to a client or printed as JSON.</summary>
internal static class AnswerMessages
{
    /// <param name="root">Folder to which paths are relative.</param>
    /// <param name="position">An offset of a file in the client's units; null for those of UTF-16.</param>
    /// <param name="uri">How the client spells a path; null for the usual way.</param>
    public static AnswerMessage Of(Answer answer, string root, Func<string, int, Position>? position = null, Func<string, string>? uri = null) => new(
        answer.Markdown,
        answer.Kind,
        answer.IsExact,
        [.. answer.Citations.Select(c => new CitationMessage(
            c.Id,
            (uri ?? Uri)(c.Path),
            Relative(root, c.Path),
            position is null ? new TextRange(At(c.From), At(c.To)) : new TextRange(position(c.Path, c.Start), position(c.Path, c.Start + c.Length)),
            c.Symbol,
            c.Hash,
            c.IsStale))],
        new SearchedMessage(answer.Searched.Files, answer.Searched.Chunks, [.. answer.Searched.Words]),
        Model: answer.Model,
        Remote: answer.Remote);

    /// <summary>The URI of a full path, percent-encoded.</summary>
    public static string Uri(string path) => "file://" + (path.StartsWith('/') ? "" : "/") + string.Join('/', path.Split('/').Select((part, i) => i == 0 && part.EndsWith(':') ? part : System.Uri.EscapeDataString(part)));

    public static string Relative(string root, string path) => Path.GetRelativePath(root, path).Replace('\\', '/');

    private static Position At(LinePosition place) => new(place.Line, place.Character);
}
