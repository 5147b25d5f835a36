using Tritter.Core.Syntax;
using Tritter.Server.Completions;
using Tritter.Server.Indexing;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>initialized</c>: the first moment at which the server may speak. Starts to load the model, asks for the settings, and has the folders indexed if they allow it.</summary>
internal static class Initialized
{
    private const string LoadingToken = "tritter/loading";
    private const string IndexingToken = "tritter/indexing";
    private static readonly TimeSpan _progressInterval = TimeSpan.FromMilliseconds(250);

    public static Task HandleAsync(ServerState state, ModelThread model, IndexThread index, Client client)
    {
        Session session = state.Current.Session;
        model.Use(session.Device);
        model.Start();
        if (TreeSitter.Missing is { } missing)
        {
            client.Log(MessageType.Warning, missing);
        }

        foreach (string problem in new[] { session.AnswerModelProblem, session.DeviceProblem }.OfType<string>())
        {
            client.Log(MessageType.Warning, problem);
        }

        if (session.AnswerModel.Endpoint is { } endpoint)
        {
            client.Log(MessageType.Info, $"answers are put into words by {endpoint.Model}: questions, and the code that answers them, are sent to {endpoint.Host}");
        }

        return Task.WhenAll(
            session.CanShowProgress ? ShowLoadingAsync(model, client) : Task.CompletedTask,
            session.CanRegisterConfiguration ? client.WatchConfigurationAsync(Settings.Section) : Task.CompletedTask,
            session.CanRegisterWatchers ? client.WatchFilesAsync() : Task.CompletedTask,
            IndexAsync(state, model, index, client));
    }

    private static async Task IndexAsync(ServerState state, ModelThread model, IndexThread index, Client client)
    {
        if (state.Current.Session.CanAnswerConfiguration)
        {
            await DidChangeConfiguration.AskAsync(state, model, index, client);
        }

        // Also where the client had no settings to tell.
        index.Follow(state.Current);
        if (state.Current.Session.CanShowProgress && !index.Idle.IsCompleted && await client.CreateProgressAsync(IndexingToken))
        {
            Task done = index.Idle;
            client.Progress(IndexingToken, new WorkDoneProgress("begin", "Tritter", "indexing", 0));
            while (!done.IsCompleted)
            {
                await Task.WhenAny(done, Task.Delay(_progressInterval));
                IndexState now = index.State;
                client.Progress(IndexingToken, new WorkDoneProgress("report", Message: $"indexing {now.FilesDone} of {now.Files} files", Percentage: now.Files == 0 ? 0 : (int)(100L * now.FilesDone / now.Files)));
            }

            client.Progress(IndexingToken, new WorkDoneProgress("end"));
        }
    }

    private static async Task ShowLoadingAsync(ModelThread model, Client client)
    {
        if (await client.CreateProgressAsync(LoadingToken))
        {
            client.Progress(LoadingToken, new WorkDoneProgress("begin", "Tritter", "loading the model"));
            await model.Loaded;
            client.Progress(LoadingToken, new WorkDoneProgress("end"));
        }
    }
}
