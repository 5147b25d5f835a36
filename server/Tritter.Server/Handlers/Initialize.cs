using System.Reflection;
using Tritter.Inference;
using Tritter.Server.Answers;
using Tritter.Server.Lsp;
using Tritter.Server.Models;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>initialize</c>: agrees with the client on what each side can do.</summary>
internal static class Initialize
{
    /// <param name="usual">The command line's, where the client says nothing.</param>
    /// <param name="usualDevice">Likewise.</param>
    /// <param name="watchParent">Told the process without which the server has no reason to live, if the client names one.</param>
    public static InitializeResult Handle(ServerState state, AnswerModel usual, ComputeDevice usualDevice, Action<int> watchParent, InitializeParams parameters)
    {
        (AnswerModel? model, string? problem) = AnswerModel.Parse(parameters.InitializationOptions);
        (ComputeDevice? device, string? wrongDevice) = DeviceNames.Of(parameters.InitializationOptions);
        Session session = Conversions.ToSession(parameters) with { AnswerModel = model ?? usual, AnswerModelProblem = problem, Device = device ?? usualDevice, DeviceProblem = wrongDevice };
        state.Begin(session);
        if (parameters.ProcessId is { } parent)
        {
            watchParent(parent);
        }

        return new InitializeResult(
            new ServerCapabilities(
                Conversions.ToLsp(session.Encoding),
                new TextDocumentSyncOptions(OpenClose: true, Change: 2, new SaveOptions(IncludeText: false)),
                InlineCompletionProvider: true,
                HoverProvider: true,
                new ExecuteCommandOptions([Command.Accepted]),
                new WorkspaceServerCapabilities(new WorkspaceFoldersServerCapabilities(Supported: true, ChangeNotifications: true))),
            new ServerInfo("tritter", Version));
    }

    // Without the commit that the SDK appends after a '+'.
    private static string Version =>
        typeof(Initialize).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
