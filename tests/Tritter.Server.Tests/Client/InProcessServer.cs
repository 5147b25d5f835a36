using System.IO.Pipelines;
using Tritter.Core.Completion;
using Tritter.Inference;
using Tritter.Server.Completions;
using Tritter.Server.Lsp;

namespace Tritter.Server.Tests.Client;

/// <summary>The server inside the test process, with a model that the test plays: for what depends on when the model answers.</summary>
internal sealed class InProcessServer : IAsyncDisposable
{
    private readonly Task<int> _running;
    private readonly StringWriter _log = new();

    private InProcessServer(Func<ComputeDevice, LoadedModel> load, TimeProvider? time = null, Pacing? pacing = null)
    {
        var (toServer, fromServer) = (new Pipe(), new Pipe());
        Client = new LspTestClient(toServer.Writer.AsStream(), fromServer.Reader.AsStream());
        _running = LspServer.RunAsync(toServer.Reader.AsStream(), fromServer.Writer.AsStream(), new LspLog(_log), load, "played", pacing ?? Pacing.None, time);
    }

    public LspTestClient Client { get; }

    public static InProcessServer Start(Func<LoadedModel> load, TimeProvider? time = null) => new(_ => load(), time);

    public static InProcessServer Start(Func<ComputeDevice, LoadedModel> load) => new(load);

    /// <param name="time">By which delays run; null for the system's.</param>
    /// <param name="pacing">Null for none.</param>
    public static InProcessServer Start(Func<CompletionRequest, CancellationToken, CompletionResult> complete, TimeProvider? time = null, Pacing? pacing = null) =>
        new(_ => new LoadedModel(complete, () => { }), time, pacing);

    /// <summary>With a model that suggests all it was asked: path, repository, token budget, and the text with <c>$0</c> at the cursor.</summary>
    public static InProcessServer StartEcho() => Start((request, _) => Say(
        $"{request.Document.Path}|{request.RepositoryName}|{request.MaxTokens}|{request.Document.Text.Insert(request.Offset, "$0")}"));

    public static CompletionResult Say(string text) => new(text, null, default);

    /// <summary>Waits until the server ends by itself.</summary>
    public Task<int> EndAsync() => _running.WaitAsync(LspTestClient.Patience);

    public async ValueTask DisposeAsync()
    {
        Client.CloseInput();
        await EndAsync();
    }
}
