using System.Collections.Concurrent;
using Tritter.Core.Answers;
using Tritter.Core.Ask;
using Tritter.Core.Documents;
using Tritter.Core.Explain;
using Tritter.Repository.Files;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Answers;

/// <summary>Files as the client sees them at a moment: its open documents, its way to count characters and to spell URIs.</summary>
internal sealed class ClientTexts
{
    private readonly Snapshot _snapshot;
    private readonly Dictionary<string, string> _uris;
    private readonly ConcurrentDictionary<string, LineIndex> _lines = new(StringComparer.Ordinal);

    public ClientTexts(Snapshot snapshot)
    {
        _snapshot = snapshot;
        OpenDocument[] files = [.. snapshot.Documents.Values.Where(d => d.Uri.StartsWith("file:", StringComparison.Ordinal))];
        _uris = files.ToDictionary(d => DocumentPath.FromUri(d.Uri), d => d.Uri, StringComparer.Ordinal);
        Open = new OpenTexts(files.ToDictionary(d => DocumentPath.FromUri(d.Uri), d => d.Document.Text, StringComparer.Ordinal));
    }

    public OpenTexts Open { get; }

    /// <summary>The folder to answer about: the workspace's that holds the file, else the repository around it.</summary>
    public string RootOf(string path) => Folder.Holding(path, _snapshot.Session.Folders)?.Path ?? RepositoryRoot.Of(path);

    /// <summary>The folder to answer about where a request may name no document: then the first of the workspace.</summary>
    public string RootOf(TextDocumentIdentifier? document) => document is not null
        ? RootOf(DocumentPath.FromUri(document.Uri))
        : _snapshot.Session.Folders.IsEmpty ? Directory.GetCurrentDirectory().Replace('\\', '/') : _snapshot.Session.Folders[0].Path;

    /// <summary>The name at the start of a range; null for none.</summary>
    /// <exception cref="LineOutOfRangeException">The document has no such line.</exception>
    public string? NameAt(TextDocumentIdentifier? document, TextRange? range)
    {
        if (document is null || range is null || Open.Of(DocumentPath.FromUri(document.Uri)) is not { } text)
        {
            return null;
        }

        string name = NameExplainer.NameAt(text, Offset(DocumentPath.FromUri(document.Uri), text, range.Start));
        return name.Length > 0 ? name : null;
    }

    /// <exception cref="LineOutOfRangeException">The document has no such line.</exception>
    public ExplainRequest ToRequest(ExplainParams parameters)
    {
        string path = DocumentPath.FromUri(parameters.TextDocument.Uri);
        string text = Open.Of(path) ?? "";
        int? start = (parameters.Range?.Start ?? parameters.Position) is { } from ? Offset(path, text, from) : null;
        int? end = (parameters.Range?.End ?? parameters.Position) is { } to ? Offset(path, text, to) : null;
        return new ExplainRequest(path, text, start, end, parameters.Diagnostic);
    }

    public AnswerMessage ToMessage(Answer answer, string root) => AnswerMessages.Of(answer, root, Position, path => _uris.GetValueOrDefault(path) ?? AnswerMessages.Uri(path));

    private int Offset(string path, string text, Position position) => Lines(path, text).OffsetOf(new LinePosition(position.Line, position.Character), _snapshot.Session.Encoding);

    private Position Position(string path, int offset)
    {
        LinePosition at = Lines(path, Open.Of(path) ?? "").PositionOf(offset, _snapshot.Session.Encoding);
        return new Position(at.Line, at.Character);
    }

    private LineIndex Lines(string path, string text) => _lines.GetOrAdd(path, static (_, t) => new LineIndex(t), text);
}
