using System.Text.Json.Nodes;
using Tritter.Inference;
using Tritter.Inference.Cuda;
using Tritter.Server.Completions;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary><c>tritter.device</c>: where the model computes, with a model that only says where it does.</summary>
public sealed class DeviceSettingTests
{
    private const string Failing = "the text at which the card fails";

    private readonly List<ComputeDevice> _loaded = [];
    private int _closed, _asked;
    private ModelDevice? _device;

    [Fact]
    public async Task AnotherDevice_LoadsTheModelAgain_AndTheSameOneDoesNot()
    {
        await using InProcessServer server = InProcessServer.Start(Load);
        await server.Client.StartAsync(initializationOptions: new { device = "auto" });
        Assert.Equal("on Auto", await SuggestedAsync(server.Client));
        Assert.Equal("the Auto device", (string?)(await StatusAsync(server.Client, "ready"))["device"]);

        Configure(server.Client, "cuda");
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["device"] == "the Cuda device");
        Assert.Equal("on Cuda", await SuggestedAsync(server.Client));
        Configure(server.Client, "cuda");
        Assert.Equal("on Cuda", await SuggestedAsync(server.Client));
        // Where the settings say nothing any more, what the client said at first counts.
        Configure(server.Client, null);
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["device"] == "the Auto device");
        Assert.Equal("on Auto", await SuggestedAsync(server.Client));

        Assert.Equal([ComputeDevice.Auto, ComputeDevice.Cuda, ComputeDevice.Auto], _loaded);
        Assert.Equal(2, _closed);
        Assert.Empty(server.Client.Notifications("window/showMessage"));
    }

    [Fact]
    public async Task ACardThatFails_IsToldOnce_AndTheProcessorGoesOn()
    {
        await using InProcessServer server = InProcessServer.Start(Load);
        await server.Client.StartAsync(initializationOptions: new { device = "auto" });
        await SuggestedAsync(server.Client);
        _device = new ModelDevice("processor: the graphics card failed: no light", HasFailed: true);

        await SuggestedAsync(server.Client);
        JsonObject message = await server.Client.NotificationAsync("window/showMessage");
        await SuggestedAsync(server.Client);

        Assert.Equal("Tritter goes on on the processor: the graphics card failed: no light", (string?)message["params"]!["message"]);
        Assert.Equal(2, (int?)message["params"]!["type"]);
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["device"] == "processor: the graphics card failed: no light" && (string?)p["state"] == "ready");
        Assert.Single(server.Client.Notifications("window/showMessage"));
        Assert.Equal([ComputeDevice.Auto], _loaded);
    }

    [Fact]
    public async Task ANamedCardThatFails_IsAnError_UntilAnotherDeviceIsChosen()
    {
        await using InProcessServer server = InProcessServer.Start(Load);
        await server.Client.StartAsync(initializationOptions: new { device = "cuda" });
        await SuggestedAsync(server.Client);
        server.Client.Open(Failing);

        Assert.NotEqual(0, await server.Client.AskAsync("textDocument/inlineCompletion", Parameters).ErrorCodeAsync());
        JsonObject message = await server.Client.NotificationAsync("window/showMessage");
        Assert.Equal("Tritter: the model cannot be used: no light (tritter.device)", (string?)message["params"]!["message"]);
        Assert.Equal("no light", (string?)(await StatusAsync(server.Client, "error"))["reason"]);
        Assert.Empty(await server.Client.CompleteAsync(0, 0));
        Configure(server.Client, "cpu");
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["device"] == "the Cpu device");
        Assert.Equal("on Cpu", await SuggestedAsync(server.Client));
    }

    [Fact]
    public async Task ANamedCardThatCannotBeUsed_IsAnErrorStatusAndANotification()
    {
        await using InProcessServer server = InProcessServer.Start(device => device == ComputeDevice.Cuda ? throw new CudaException("there is no card") : Load(device));
        await server.Client.StartAsync(initializationOptions: new { device = "cuda" });

        Assert.Equal("there is no card", (string?)(await StatusAsync(server.Client, "error"))["reason"]);
        await server.Client.NotificationAsync("window/showMessage", p => ((string?)p["message"])!.Contains("there is no card", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutAWord_TheProcessorComputes_AndAWrongWordIsReported()
    {
        await using InProcessServer server = InProcessServer.Start(Load);
        await server.Client.StartAsync(initializationOptions: new { device = "gpu" });

        Assert.Equal("on Cpu", await SuggestedAsync(server.Client));
        await server.Client.NotificationAsync("window/logMessage", p => (string?)p["message"] == "tritter.device is \"auto\", \"cpu\" or \"cuda\", not \"gpu\"");
    }

    private static object Parameters => new { textDocument = new { uri = LspTestClientSteps.CartUri }, position = new { line = 0, character = 0 }, context = new { triggerKind = LspTestClientSteps.Invoked } };

    private LoadedModel Load(ComputeDevice device)
    {
        _loaded.Add(device);
        _device = new ModelDevice($"the {device} device");
        return new LoadedModel((request, _) => request.Document.Text == Failing ? throw new CudaException("no light") : InProcessServer.Say($"on {device}"), () => _closed++)
        {
            Device = () =>
            {
                ModelDevice now = _device!.Value;
                _device = now with { HasFailed = false };
                return now;
            },
        };
    }

    private static void Configure(LspTestClient client, string? device) =>
        client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { device } } });

    private async Task<string?> SuggestedAsync(LspTestClient client)
    {
        // A text that nothing is remembered of: the model is asked each time.
        client.Open($"a{_asked++}");
        return (string?)Assert.Single(await client.CompleteAsync(0, 0))!["insertText"];
    }

    private static async Task<JsonNode> StatusAsync(LspTestClient client, string state) =>
        (await client.NotificationAsync("tritter/status", p => (string?)p["state"] == state))["params"]!;
}
