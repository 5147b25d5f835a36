using Tritter.Core.Syntax;
using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>initialized</c>: the first moment at which the server may speak. Starts to load the model and asks for the settings.</summary>
internal static class Initialized
{
    private const string LoadingToken = "tritter/loading";

    public static Task HandleAsync(ServerState state, ModelThread model, Client client)
    {
        Session session = state.Current.Session;
        model.Start();
        if (TreeSitter.Missing is { } missing)
        {
            client.Log(MessageType.Warning, missing);
        }

        return Task.WhenAll(
            session.CanShowProgress ? ShowLoadingAsync(model, client) : Task.CompletedTask,
            session.CanRegisterConfiguration ? client.WatchConfigurationAsync(Settings.Section) : Task.CompletedTask,
            session.CanAnswerConfiguration ? DidChangeConfiguration.AskAsync(state, client) : Task.CompletedTask);
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
