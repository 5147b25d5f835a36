using Newtonsoft.Json.Linq;
using StreamJsonRpc;
using Tritter.VisualStudio.Protocol;

namespace Tritter.VisualStudio.Server;

/// <summary>What the server calls at its client.</summary>
/// <param name="log">Takes a line.</param>
/// <param name="showError">Takes what the user should see at once.</param>
internal sealed class ServerCalls(Func<ClientSettings> settings, Action<ServerStatus> takeStatus, Action<string> log, Action<string> showError)
{
    /// <summary>The <c>MessageType</c> of errors.</summary>
    private const int Error = 1;

    public Action<ProgressParams>? OnProgress { get; set; }

    [JsonRpcMethod("tritter/status", UseSingleObjectParameterDeserialization = true)]
    public void Status(ServerStatus status) => takeStatus(status);

    [JsonRpcMethod("window/logMessage", UseSingleObjectParameterDeserialization = true)]
    public void LogMessage(LogMessageParams message) => log(message.Message);

    [JsonRpcMethod("window/showMessage", UseSingleObjectParameterDeserialization = true)]
    public void ShowMessage(LogMessageParams message)
    {
        log(message.Message);
        if (message.Type == Error)
        {
            showError(message.Message);
        }
    }

    [JsonRpcMethod("$/progress", UseSingleObjectParameterDeserialization = true)]
    public void Progress(ProgressParams progress) => OnProgress?.Invoke(progress);

    [JsonRpcMethod("workspace/configuration", UseSingleObjectParameterDeserialization = true)]
    public object?[] Configuration(ConfigurationParams parameters) =>
        [.. parameters.Items.Select(item => item.Section is "tritter" ? settings().Section : null)];

    [JsonRpcMethod("window/workDoneProgress/create", UseSingleObjectParameterDeserialization = true)]
    public object? CreateProgress(JToken parameters) => null;

    [JsonRpcMethod("client/registerCapability", UseSingleObjectParameterDeserialization = true)]
    public object? RegisterCapability(JToken parameters) => null;
}
