using StreamJsonRpc;
using Tritter.Inference;
using Tritter.Inference.Cuda;
using Tritter.Repository.Index;
using Tritter.Server.Answers;
using Tritter.Server.Completions;
using Tritter.Server.Handlers;
using Tritter.Server.Indexing;
using Tritter.Server.Lsp;
using Tritter.Server.State;
using Tritter.Server.Usage;

namespace Tritter.Server;

/// <summary>The language server for one client.</summary>
public static class LspServer
{
    /// <summary>How long answers may take to leave after <c>exit</c>, if the client does not read them.</summary>
    private static readonly TimeSpan _lastAnswers = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Serves the client on <paramref name="input"/> and <paramref name="output"/> until it sends <c>exit</c>, closes the stream, sends what is no
    /// LSP at all, or dies.
    /// </summary>
    /// <returns>The process's exit code: 0 if the client had asked for <c>shutdown</c>, else 1.</returns>
    public static Task<int> RunAsync(Stream input, Stream output, LspServerOptions options)
    {
        var log = new LspLog(options.Log);
        return RunAsync(input, output, log, device => LoadedModel.Load(options.ModelDirectory, device, options.Threads, options.Adapter, options.Record, log), Path.GetFileName(Path.TrimEndingDirectorySeparator(options.ModelDirectory)), usageFile: UsageFile.In(CacheFolder.Path), answerModel: options.AnswerModel, device: options.Device);
    }

    /// <inheritdoc cref="RunAsync(Stream, Stream, LspServerOptions)"/>
    /// <param name="load">Loads the model, on the thread that will use it; again when the user wants another device.</param>
    /// <param name="modelName">Shown to the user.</param>
    /// <param name="pacing">Null for the usual.</param>
    /// <param name="time">By which delays run; null for the system's.</param>
    /// <param name="usageFile">Where to count what becomes of suggestions; null for nowhere.</param>
    /// <param name="answerModel">See <see cref="LspServerOptions"/>; null for none.</param>
    /// <param name="device">See <see cref="LspServerOptions"/>.</param>
    internal static async Task<int> RunAsync(Stream input, Stream output, LspLog log, Func<ComputeDevice, LoadedModel> load, string modelName, Pacing? pacing = null, TimeProvider? time = null, UsageFile? usageFile = null, AnswerModel? answerModel = null, ComputeDevice device = ComputeDevice.Cpu)
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var ending = new CancellationTokenSource();

        var messages = new LspMessageHandler(output, input, problem => log.Write(MessageType.Warning, problem));
        using var connection = new LspConnection(messages, problem => log.Write(MessageType.Error, problem));
        var client = new Client(connection, log);
        var state = new ServerState();
        using var model = new ModelThread(load, now => Report(client, now, modelName), time ?? TimeProvider.System);
        using UsageLog? usage = usageFile is null ? null : new UsageLog(usageFile, time ?? TimeProvider.System, problem => client.Log(MessageType.Warning, problem));
        using var index = new IndexThread(line => client.Log(MessageType.Log, line), problem => client.Log(MessageType.Warning, problem));
        CompletionParts parts = CompletionParts.Create(model, modelName, state, index, pacing ?? Pacing.Usual, usage, time ?? TimeProvider.System, line => client.Log(MessageType.Log, line), problem => client.Log(MessageType.Warning, problem));
        using Answering answering = Answering.ForUser(parts.Insight.Workspace, problem => client.Log(MessageType.Warning, problem));
        MethodTable.Register(connection, state, parts, answering, answerModel ?? AnswerModel.None, device, client, watchParent: WatchParent, exit: ExitAsync);
        connection.Disconnected += (_, e) => ended.TrySetResult(e.Description);
        connection.StartListening();

        log.Write(MessageType.Info, $"ends: {await ended.Task}");
        await ending.CancelAsync();
        return messages.Phase == Phase.ShutDown ? 0 : 1;

        // A client may send exit without waiting for the answers to what it sent before, the one to shutdown included.
        async Task ExitAsync()
        {
            model.Dispose();
            index.Dispose();
            await Task.WhenAny(connection.AnsweredAsync(), Task.Delay(_lastAnswers));
            ended.TrySetResult("exit");
        }

        async void WatchParent(int id)
        {
            try
            {
                await ParentProcess.WaitForEndAsync(id, ending.Token);
                ended.TrySetResult($"process {id}, which started this one, has ended");
            }
            catch (OperationCanceledException)
            {
                // The server ends anyway.
            }
        }
    }

    private static void Report(Client client, ModelState state, string modelName)
    {
        client.Status(Conversions.ToLsp(state, modelName));
        if (state.Failure is { } failure)
        {
            string line = $"the model cannot be used: {failure.Message.ReplaceLineEndings(" ")}";
            client.Log(MessageType.Error, line);
            if (failure is CudaException)
            {
                // The user has named the card, and only another setting helps.
                client.Show(MessageType.Error, $"Tritter: {line} (tritter.device)");
            }
        }
        else if (state.Device is { HasFailed: true } device)
        {
            client.Show(MessageType.Warning, $"Tritter goes on on the {device.Line}");
        }
    }
}
