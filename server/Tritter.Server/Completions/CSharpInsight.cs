using System.Collections.Concurrent;
using Tritter.Core.Completion;
using Tritter.Core.Context;
using Tritter.Core.CSharp;
using Tritter.Core.Syntax;
using Tritter.Repository.Index;
using Tritter.Repository.Projects;
using Tritter.Server.State;

namespace Tritter.Server.Completions;

/// <summary>
/// What the compiler knows of the C# projects whose files are open, and the index of every language. Projects are loaded in the background, and until one
/// is there its files are completed without; open documents count with the text that the client shows. Thread-safe.
/// </summary>
/// <param name="indexOf">The index of a workspace folder; null where there is none.</param>
/// <param name="arrived">Told that a project is there.</param>
/// <param name="problem">Told, in one line, what could not be loaded.</param>
internal sealed class CSharpInsight(TimeProvider time, Func<Folder, RepositoryIndex?> indexOf, Action arrived, Action<string> problem)
{
    private readonly CSharpWorkspace _workspace = new(problem);
    private readonly ConcurrentDictionary<string, Loading> _loads = new(StringComparer.Ordinal);
    private readonly ShownContext _shown = new(time);
    private readonly Lock _applying = new();
    private readonly Dictionary<CSharpProject, Live> _live = [];

    /// <summary>The file that was completed last: it keeps much of its project in memory, so there is one.</summary>
    private FocusedFile? _focused;

    /// <summary>The projects, for others who ask about them.</summary>
    public CSharpWorkspace Workspace => _workspace;

    /// <summary>A document was opened: its project will be needed.</summary>
    public void Opened(OpenDocument document)
    {
        if (document.Document.LanguageId == "csharp" && document.Uri.StartsWith("file:", StringComparison.Ordinal))
        {
            string path = DocumentPath.FromUri(document.Uri);
            var loading = new Loading();
            if (_loads.TryAdd(path, loading))
            {
                _ = Task.Run(() =>
                {
                    CSharpProject? project = _workspace.ProjectOf(path, CancellationToken.None);
                    if (project is not null)
                    {
                        FocusedFile focused = FocusedFile.Of(project, path, document.Document.Text);
                        focused.WarmUp(CancellationToken.None);
                        lock (_applying)
                        {
                            _focused ??= focused;
                        }

                        loading.Project = project;
                        arrived();
                    }
                });
            }
        }
    }

    /// <summary>Files changed, came or went on the disk: projects are brought up to date in the background.</summary>
    /// <param name="paths">Full paths with '/' separators. Open documents among them count with the client's text, and need not be here.</param>
    public void Changed(IReadOnlyCollection<string> paths)
    {
        if (paths.Count == 0 || _loads.IsEmpty)
        {
            return;
        }

        _ = Task.Run(() =>
        {
            if (!_workspace.Update(paths, CancellationToken.None))
            {
                return;
            }

            foreach ((string path, Loading loading) in _loads)
            {
                loading.Project = _workspace.ProjectOf(path, CancellationToken.None);
            }

            lock (_applying)
            {
                _live.Clear();
            }

            arrived();
        });
    }

    /// <summary>What is known about the cursor of a request; nothing where there is no project, or none yet.</summary>
    /// <param name="request">About <paramref name="document"/>, perhaps with an entry of the editor's list accepted.</param>
    /// <param name="looks">Whether there is time to look into other files; otherwise what is shown already stays, see <see cref="Refresh"/>.</param>
    public Assistance For(OpenDocument document, CompletionRequest request, Snapshot snapshot, bool looks)
    {
        Assistance assistance = Known(document, request, snapshot, looks);
        // Whoever waits for what is found has the model read it now.
        return looks && assistance.Context is { } find ? assistance with { Context = token => _shown.Show(document.Uri, find(token)) } : assistance;
    }

    /// <summary>Looks for what to show of other files at a cursor, for requests that have no time for it.</summary>
    /// <returns>What to <see cref="Show"/> when the model has read it; null where that is no other than is shown already.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IReadOnlyList<ContextPiece>? Refresh(OpenDocument document, CompletionRequest request, Snapshot snapshot, CancellationToken cancellationToken)
    {
        Renew(DocumentPath.FromUri(document.Uri), request.Document.Text, snapshot, cancellationToken);
        return Known(document, request, snapshot, looks: true).Context?.Invoke(cancellationToken) is { } found && !found.SequenceEqual(_shown.Of(document.Uri)) ? found : null;
    }

    /// <summary>Other files see what has been declared meanwhile, and the next key does not wait for that.</summary>
    private void Renew(string path, string text, Snapshot snapshot, CancellationToken cancellationToken)
    {
        if (_loads.GetValueOrDefault(path)?.Project is not { } project || Focused(project, path, text, snapshot) is not { IsStale: true } stale)
        {
            return;
        }

        FocusedFile renewed = FocusedFile.Of(stale.Origin, path, text);
        renewed.WarmUp(cancellationToken);
        lock (_applying)
        {
            if (_live.GetValueOrDefault(project) is { } live && ReferenceEquals(live.Project, stale.Origin))
            {
                _live[project] = live with { Project = renewed.Origin };
                _focused = renewed;
            }
        }
    }

    /// <inheritdoc cref="ShownContext.Show"/>
    public void Show(string uri, IReadOnlyList<ContextPiece> pieces) => _shown.Show(uri, pieces);

    private Assistance Known(OpenDocument document, CompletionRequest request, Snapshot snapshot, bool looks)
    {
        AssistanceParts parts = snapshot.Settings.Assistance;
        if (document.Document.LanguageId != "csharp")
        {
            return SyntaxAssistance.For(document.Document.LanguageId, request.Document.Text, request.Offset, parts.Gate) with { Context = ContextWith(null) };
        }

        Opened(document);
        string path = DocumentPath.FromUri(document.Uri);
        if (_loads.GetValueOrDefault(path)?.Project is not { } project)
        {
            return new Assistance(ContextWith(null));
        }

        // Applying the documents waits for the thread that uses it.
        var live = new Lazy<Assistance>(() => CSharpAssistance.For(
            Focused(project, path, request.Document.Text, snapshot), request.Offset, parts, p => Folder.Holding(p, snapshot.Session.Folders)?.Relative(p) ?? Path.GetFileName(p)));
        return new Assistance(
            ContextWith(token => live.Value.Context?.Invoke(token) ?? []),
            parts.Mask ? text => request.Budget is { IsShort: true } ? null : live.Value.Names!(text) : null,
            parts.Gate ? (suggestion, token) => live.Value.Gate!(suggestion, token) : null);

        Func<CancellationToken, IReadOnlyList<ContextPiece>>? ContextWith(Func<CancellationToken, IReadOnlyList<ContextPiece>>? outlines) =>
            !parts.Retrieval ? null : !looks ? _ => _shown.Of(document.Uri) : token => Context(document.Uri, request, snapshot, outlines ?? (_ => []), token);
    }

    private IReadOnlyList<ContextPiece> Context(
        string uri, CompletionRequest request, Snapshot snapshot, Func<CancellationToken, IReadOnlyList<ContextPiece>> outlines, CancellationToken cancellationToken)
    {
        // What is found before a project is there does not stand for what is found with it.
        bool isLoading = _loads.TryGetValue(DocumentPath.FromUri(uri), out Loading? loading) && loading.Project is null;
        return _shown.Find(uri, request.Offset, () => ContextSources.Join(
            outlines(cancellationToken), Indexed(uri, request, snapshot, cancellationToken), request.Document.Text, snapshot.Documents.Values.Select(d => d.Document.Path).ToHashSet(StringComparer.Ordinal)), lasts: !isLoading);
    }

    private IReadOnlyList<ContextCandidate> Indexed(string uri, CompletionRequest request, Snapshot snapshot, CancellationToken cancellationToken) =>
        Folder.Holding(DocumentPath.FromUri(uri), snapshot.Session.Folders) is { } folder && indexOf(folder) is { } index
            ? RepositoryContext.Find(index, request.Document.Path, request.Document.Text, request.Offset, snapshot.Settings.Assistance.Sources, cancellationToken)
            : [];

    private FocusedFile Focused(CSharpProject project, string path, string text, Snapshot snapshot)
    {
        lock (_applying)
        {
            Live live = WithOpenDocuments(_live.GetValueOrDefault(project) ?? new Live(project, []), path, snapshot);
            FocusedFile focused = (_focused is { } last && last.Path == path && ReferenceEquals(last.Origin, live.Project) ? last.With(text) : null) ?? FocusedFile.Of(live.Project, path, text);
            _live[project] = live with { Project = focused.Origin };
            return _focused = focused;
        }
    }

    /// <param name="except">This document is not applied: it is taken care of otherwise.</param>
    private static Live WithOpenDocuments(Live live, string except, Snapshot snapshot)
    {
        foreach (OpenDocument open in snapshot.Documents.Values)
        {
            string path = DocumentPath.FromUri(open.Uri);
            if (path != except && live.Project.Tree(path) is not null && live.Versions.GetValueOrDefault(path, -1) != open.Document.Version)
            {
                live = live with { Project = live.Project.WithDocument(path, open.Document.Text) };
                live.Versions[path] = open.Document.Version;
            }
        }

        return live;
    }

    /// <summary>A project on its way.</summary>
    private sealed class Loading
    {
        private volatile CSharpProject? _project;

        /// <summary>Null until it is there, and where there is none.</summary>
        public CSharpProject? Project { get => _project; set => _project = value; }
    }

    /// <param name="Versions">Of the documents that were applied, by path.</param>
    private sealed record Live(CSharpProject Project, Dictionary<string, int> Versions);
}
