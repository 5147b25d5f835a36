using System.Text.Json;
using Tritter.Server.Completions;
using Tritter.Server.Indexing;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>workspace/didChangeConfiguration</c>: asks for the settings, or takes those that came with it from a client that cannot be asked.</summary>
internal static class DidChangeConfiguration
{
    public static Task HandleAsync(ServerState state, ModelThread model, IndexThread index, Client client, DidChangeConfigurationParams parameters)
    {
        if (state.Current.Session.CanAnswerConfiguration)
        {
            return AskAsync(state, model, index, client);
        }

        if (parameters.Settings.ValueKind == JsonValueKind.Object && parameters.Settings.TryGetProperty(Settings.Section, out JsonElement section))
        {
            Apply(state, model, index, client, section);
        }

        return Task.CompletedTask;
    }

    public static async Task AskAsync(ServerState state, ModelThread model, IndexThread index, Client client)
    {
        if (await client.ConfigurationAsync(Settings.Section) is { } section)
        {
            Apply(state, model, index, client, section);
        }
    }

    private static void Apply(ServerState state, ModelThread model, IndexThread index, Client client, JsonElement section)
    {
        (Settings settings, var problems) = Settings.Parse(section);
        state.Configure(settings);
        model.Use(settings.Device ?? state.Current.Session.Device);
        index.Follow(state.Current);
        foreach (string problem in problems)
        {
            client.Log(MessageType.Warning, problem);
        }

        client.Log(MessageType.Log, $"settings: completion {(settings.CompletionEnabled ? "on" : "off")}, at most {settings.MaxTokens} tokens");
    }
}
