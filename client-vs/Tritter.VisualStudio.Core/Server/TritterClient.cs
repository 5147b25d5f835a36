using System.Diagnostics;
using StreamJsonRpc;
using Tritter.VisualStudio.Completion;
using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Server;

/// <summary>
/// All that an editor needs of Tritter: it starts the server with the first document, tells it of every change, asks it, and starts it again when
/// it ends unasked. Documents live here, so that a new server is told what the old one knew. Every method may be called from any thread; the
/// editor's changes come from one. Events are raised on other threads.
/// </summary>
public sealed class TritterClient : IDisposable
{
    private static readonly TimeSpan _patienceAtEnd = TimeSpan.FromSeconds(2);

    private readonly Func<Action<string>, ServerLink> _start;
    private readonly Func<TimeSpan, CancellationToken, Task> _wait;
    private readonly Func<string, string?> _folderOf;
    private readonly CancellationTokenSource _disposed = new();
    // Guards all below; what is sent inside arrives in the same order.
    private readonly object _gate = new();
    private readonly Dictionary<string, OpenDocument> _documents = [];
    private readonly List<string> _folders = [];
    private ClientSettings _settings;
    private ServerConnection? _connection;
    private TaskCompletionSource<ServerConnection> _connected = NewConnected();
    private Task? _running;
    // Why no server runs and none will be started; null as long as that is not so.
    private string? _givenUp;

    /// <param name="start">Starts a server; its argument takes lines of the log.</param>
    /// <param name="folderOf">The folder of the repository that a path lies in, if any; null for what the file system says.</param>
    /// <param name="wait">How waiting between starts is done; null for the clock.</param>
    public TritterClient(
        Func<Action<string>, ServerLink> start, ClientSettings settings, Func<string, string?>? folderOf = null, Func<TimeSpan, CancellationToken, Task>? wait = null)
    {
        _start = start;
        _settings = settings;
        _folderOf = folderOf ?? RepositoryFolder.Of;
        _wait = wait ?? Task.Delay;
    }

    /// <summary>The server said how it is.</summary>
    public event Action<ServerStatus>? StatusChanged;

    /// <summary>A line for the output pane.</summary>
    public event Action<string>? Logged;

    /// <summary>Something that the user should see: the server has been given up, or says that it cannot do its work.</summary>
    public event Action<string>? Failed;

    /// <summary>The process without which the server ends; another one only in tests.</summary>
    public int ParentProcessId { get; set; } = CurrentProcessId();

    /// <summary>The last thing that the server said of itself.</summary>
    public ServerStatus Status { get; private set; } = new("starting");

    public ClientSettings Settings
    {
        get => _settings;
        set
        {
            lock (_gate)
            {
                _settings = value;
                _connection?.Notify("workspace/didChangeConfiguration", new DidChangeConfigurationParams(new { tritter = value.Section }));
            }
        }
    }

    public void Open(string uri, string languageId, string text)
    {
        lock (_gate)
        {
            var document = new OpenDocument(uri, languageId, 1, text);
            _documents[uri] = document;
            AddFolderOf(uri);
            _connection?.Notify("textDocument/didOpen", document.DidOpen);
            _running ??= RunAsync();
        }
    }

    /// <param name="edits">As the editor reports them: all speak of the text before, in order of their places.</param>
    /// <param name="newLength">The length of the editor's text afterwards.</param>
    /// <param name="newText">That text; asked for only when it cannot be ours.</param>
    /// <param name="caret">Where the cursor is afterwards, if the editor knows it.</param>
    public void Change(string uri, IReadOnlyList<TextEdit> edits, int newLength, Func<string> newText, int? caret = null)
    {
        lock (_gate)
        {
            if (!_documents.TryGetValue(uri, out OpenDocument? document) || edits.Count == 0)
            {
                return;
            }

            int length = document.Text.Length + edits.Sum(e => e.NewText.Length - e.OldLength);
            bool fits = length == newLength && edits.All(e => e.OldEnd <= document.Text.Length);
            (OpenDocument next, DidChangeTextDocumentParams didChange) = fits ? document.Change(edits, caret) : document.Replace(newText());
            _documents[uri] = next;
            _connection?.Notify("textDocument/didChange", didChange);
            TellOfPart(document.Suggestion, next.Suggestion);
        }
    }

    public void Save(string uri)
    {
        lock (_gate)
        {
            _connection?.Notify("textDocument/didSave", new DidSaveTextDocumentParams(new TextDocumentIdentifier(uri)));
        }
    }

    public void Close(string uri)
    {
        lock (_gate)
        {
            if (_documents.Remove(uri))
            {
                _connection?.Notify("textDocument/didClose", new DidCloseTextDocumentParams(new TextDocumentIdentifier(uri)));
            }
        }
    }

    /// <summary>
    /// What would be written at a cursor; null when there is nothing to say, the document changes before the answer, or no server runs. Text
    /// typed as suggested is answered from what is known, without the server.
    /// </summary>
    /// <param name="asked">The user asked for it, rather than typed.</param>
    /// <param name="selected">What the list of the editor's own suggestions would write: where, how many units it replaces, and the text.</param>
    public async Task<Suggestion?> CompleteAsync(string uri, int caret, bool asked, TextEdit? selected, CancellationToken cancellationToken)
    {
        OpenDocument document;
        Task<InlineCompletionList> answer;
        lock (_gate)
        {
            if (!_settings.Wants(asked) || _connection is null || !_documents.TryGetValue(uri, out document!) || caret < 0 || caret > document.Text.Length)
            {
                return null;
            }

            if (selected is null && !asked && document.Suggestion is { } known && known.Caret == caret)
            {
                return known;
            }

            var lines = new LineMap(document.Text);
            SelectedCompletionInfo? info = selected is null ? null : new(lines.RangeOf(selected.Start, selected.OldLength), selected.NewText);
            var parameters = new InlineCompletionParams(new TextDocumentIdentifier(uri), lines.PositionOf(caret), new InlineCompletionContext(asked ? 1 : 2, info));
            answer = _connection.AskAsync<InlineCompletionList>("textDocument/inlineCompletion", parameters, cancellationToken);
        }

        InlineCompletionItem? item;
        try
        {
            item = (await answer.ConfigureAwait(false)).Items.FirstOrDefault();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is RemoteRpcException or OperationCanceledException)
        {
            // Overtaken by a newer request or an edit, or the server has ended: nothing to show either way.
            return null;
        }

        return item is null ? null : Remember(document, caret, item, isPlain: selected is null);
    }

    /// <summary>Tells that a suggestion is on the screen.</summary>
    public void Shown(Suggestion suggestion) => TellOf(suggestion, id => ("tritter/didShowCompletion", new DidShowCompletionParams(id)));

    /// <summary>Tells that a suggestion was accepted as a whole.</summary>
    public void Accepted(Suggestion suggestion)
    {
        lock (_gate)
        {
            if (suggestion.Accept is { Arguments: { } arguments } accept && _connection is { } connection)
            {
                // Nobody waits for the result, so an error only says that this server never made the suggestion.
                _ = connection.AskAsync<object?>("workspace/executeCommand", new ExecuteCommandParams(accept.Command, arguments), CancellationToken.None)
                    .ContinueWith(t => Log($"the acceptance was not counted: {t.Exception?.InnerException?.Message}"), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Tells that the next units of a suggestion were accepted.</summary>
    /// <param name="length">How many of <see cref="Suggestion.Remaining"/>.</param>
    public void PartiallyAccepted(Suggestion suggestion, int length) => TellOf(
        suggestion,
        id => ("tritter/didPartiallyAcceptCompletion", new DidPartiallyAcceptCompletionParams(id, suggestion.AcceptedLength(length))));

    /// <summary>Explains what is selected, or what the cursor is at when nothing is.</summary>
    /// <param name="onPart">Takes text to append, while the answer is written.</param>
    /// <exception cref="ServerException">The server answered with an error, or ended.</exception>
    public Task<Answer> ExplainAsync(string uri, int start, int length, string? diagnostic, Action<string> onPart, CancellationToken cancellationToken)
    {
        LineMap lines = LinesOf(uri) ?? throw new InvalidOperationException($"{uri} is not open");
        var document = new TextDocumentIdentifier(uri);
        TextRange? range = length > 0 ? lines.RangeOf(start, length) : null;
        Position? position = length > 0 ? null : lines.PositionOf(start);
        return WithServerAsync(
            server => server.AskInPartsAsync("tritter/explain", token => new ExplainParams(document, range, position, diagnostic, null, token), onPart, cancellationToken),
            cancellationToken);
    }

    /// <summary>Answers a question about the repository.</summary>
    /// <param name="conversation">What an earlier answer named, to go on with it.</param>
    /// <exception cref="ServerException">The server answered with an error, or ended.</exception>
    public Task<Answer> AskAsync(string question, string? conversation, string? uri, Action<string> onPart, CancellationToken cancellationToken)
    {
        TextDocumentIdentifier? document = uri is null ? null : new(uri);
        return WithServerAsync(
            server => server.AskInPartsAsync("tritter/ask", token => new AskParams(question, conversation, document, null, null, token), onPart, cancellationToken),
            cancellationToken);
    }

    /// <summary>Has the server forget a conversation, or all of them.</summary>
    /// <exception cref="ServerException">The server answered with an error, or ended.</exception>
    public Task ClearConversationAsync(string? conversation, CancellationToken cancellationToken) =>
        WithServerAsync(server => server.AskAsync<object?>("tritter/clearConversation", new ClearConversationParams(conversation), cancellationToken), cancellationToken);

    /// <exception cref="ServerException">The server answered with an error, or ended.</exception>
    public Task<ServerStats> StatsAsync(CancellationToken cancellationToken) =>
        WithServerAsync(server => server.AskAsync<ServerStats>("tritter/stats", new object(), cancellationToken), cancellationToken);

    /// <summary>Starts the server again after it has been given up. Does nothing while one runs.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            if (_givenUp is not null && !_disposed.IsCancellationRequested)
            {
                _givenUp = null;
                _running = RunAsync();
            }
        }
    }

    /// <summary>Ends the server: asked first, then by force, without waiting for either.</summary>
    public void Dispose() => _ = StopAsync();

    /// <summary>Ends the server and returns when it has ended.</summary>
    public async Task StopAsync()
    {
        ServerConnection? connection;
        lock (_gate)
        {
            connection = _connection;
            _connection = null;
            _connected.TrySetCanceled();
            _disposed.Cancel();
        }

        if (connection is not null)
        {
            await connection.StopAsync(_patienceAtEnd).ConfigureAwait(false);
        }
    }

    private async Task RunAsync()
    {
        // The caller holds the lock and is in the editor's way.
        await Task.Yield();
        var ends = new List<DateTime>();
        while (!_disposed.IsCancellationRequested)
        {
            string end = await RunOnceAsync().ConfigureAwait(false);
            if (_disposed.IsCancellationRequested)
            {
                return;
            }

            ends.Add(DateTime.UtcNow);
            TimeSpan? delay = BackOff.Delay(ends, DateTime.UtcNow);
            Log(delay is { } d ? $"{end}; it is started again in {d.TotalSeconds:0} s" : end);
            if (delay is null)
            {
                GiveUp($"{end}, for the {BackOff.MostEnds}th time in a short while. The output pane has its log");
                return;
            }

            TakeStatus(new ServerStatus("starting", end));
            try
            {
                await _wait(delay.Value, _disposed.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>One server from its start to its end.</summary>
    /// <returns>One line on how it ended.</returns>
    private async Task<string> RunOnceAsync()
    {
        try
        {
            using ServerLink link = _start(Log);
            var calls = new ServerCalls(() => _settings, TakeStatus, Log, message => Failed?.Invoke(message));
            using ServerConnection connection = await ServerConnection.OpenAsync(link, calls, Initialize(), _disposed.Token).ConfigureAwait(false);
            Publish(connection);
            string end = await connection.Ended.ConfigureAwait(false);
            Withdraw(connection);
            return end;
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or System.ComponentModel.Win32Exception or OperationCanceledException or UnauthorizedAccessException)
        {
            return $"the server could not be started: {e.Message}";
        }
    }

    private void Publish(ServerConnection connection)
    {
        lock (_gate)
        {
            foreach (OpenDocument document in _documents.Values)
            {
                connection.Notify("textDocument/didOpen", document.DidOpen);
            }

            if (_disposed.IsCancellationRequested)
            {
                // Stopped while it was being started.
                connection.Dispose();
                return;
            }

            _connection = connection;
            _connected.TrySetResult(connection);
        }
    }

    private void Withdraw(ServerConnection connection)
    {
        lock (_gate)
        {
            if (_connection == connection)
            {
                _connection = null;
                _connected = NewConnected();
            }

            // Suggestions of a server that is gone can be accepted nowhere.
            foreach (OpenDocument document in _documents.Values.ToArray())
            {
                _documents[document.Uri] = document with { Suggestion = null };
            }
        }
    }

    private void GiveUp(string reason)
    {
        lock (_gate)
        {
            _givenUp = reason;
            _connected.TrySetException(new ServerException(reason));
            _connected = NewConnected();
        }

        TakeStatus(new ServerStatus("error", reason));
        Failed?.Invoke(reason);
    }

    private async Task<T> WithServerAsync<T>(Func<ServerConnection, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(await ConnectedAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemoteRpcException or ObjectDisposedException)
        {
            throw new ServerException(e.Message, e);
        }
    }

    /// <summary>The connection, as soon as there is one.</summary>
    private async Task<ServerConnection> ConnectedAsync(CancellationToken cancellationToken)
    {
        Task<ServerConnection> connected;
        lock (_gate)
        {
            if (_givenUp is { } reason)
            {
                throw new ServerException(reason);
            }

            _running ??= RunAsync();
            connected = _connected.Task;
        }

        var cancelled = new TaskCompletionSource<ServerConnection>();
        using (cancellationToken.Register(() => cancelled.TrySetCanceled(cancellationToken)))
        {
            return await (await Task.WhenAny(connected, cancelled.Task).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private Suggestion? Remember(OpenDocument asked, int caret, InlineCompletionItem item, bool isPlain)
    {
        Suggestion? suggestion = Suggestion.Of(item, asked.Uri, asked.Text, caret);
        lock (_gate)
        {
            if (!_documents.TryGetValue(asked.Uri, out OpenDocument? now) || now.Version != asked.Version)
            {
                return null;
            }

            if (isPlain)
            {
                _documents[asked.Uri] = now with { Suggestion = suggestion };
            }
        }

        return suggestion;
    }

    private void TellOf(Suggestion suggestion, Func<string, (string Method, object Parameters)> message)
    {
        lock (_gate)
        {
            if (suggestion.Id is { } id && _connection is { } connection)
            {
                (string method, object parameters) = message(id);
                connection.Notify(method, parameters);
            }
        }
    }

    /// <summary>
    /// Visual Studio accepts a suggestion word by word without an event. Several characters of a suggestion that come in one edit were not typed.
    /// </summary>
    private void TellOfPart(Suggestion? before, Suggestion? after)
    {
        if (before is not null && after is not null && after.Caret - before.Caret > 1)
        {
            PartiallyAccepted(after, 0);
        }
    }

    private void AddFolderOf(string uri)
    {
        if (DocumentUri.ToPath(uri) is { } path && _folderOf(path) is { } folder && !_folders.Contains(folder))
        {
            _folders.Add(folder);
            _connection?.Notify("workspace/didChangeWorkspaceFolders", new DidChangeWorkspaceFoldersParams(new WorkspaceFoldersChangeEvent([ToLsp(folder)], [])));
        }
    }

    private static WorkspaceFolder ToLsp(string folder) => new(DocumentUri.Of(folder), Path.GetFileName(folder.TrimEnd('/', '\\')));

    private LineMap? LinesOf(string uri)
    {
        lock (_gate)
        {
            return _documents.TryGetValue(uri, out OpenDocument? document) ? new LineMap(document.Text) : null;
        }
    }

    private InitializeParams Initialize()
    {
        WorkspaceFolder[] folders;
        lock (_gate)
        {
            folders = [.. _folders.Select(ToLsp)];
        }

        return new InitializeParams(
            ParentProcessId,
            new ClientInfo("Visual Studio", typeof(TritterClient).Assembly.GetName().Version.ToString(3)),
            folders.FirstOrDefault()?.Uri,
            folders,
            new ClientCapabilities(
                new GeneralClientCapabilities(["utf-16"]),
                new WindowClientCapabilities(WorkDoneProgress: true),
                new WorkspaceClientCapabilities(Configuration: true, WorkspaceFolders: true)));
    }

    private void TakeStatus(ServerStatus status)
    {
        Status = status;
        StatusChanged?.Invoke(status);
    }

    private void Log(string line) => Logged?.Invoke(line);

    private static TaskCompletionSource<ServerConnection> NewConnected() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static int CurrentProcessId()
    {
        using Process process = Process.GetCurrentProcess();
        return process.Id;
    }
}
