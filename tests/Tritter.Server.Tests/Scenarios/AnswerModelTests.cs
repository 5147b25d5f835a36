using System.Text.Json.Nodes;
using Tritter.Core.Phrasing;
using Tritter.Remote;
using Tritter.Server.Tests.Client;
using Tritter.Server.Tests.CommandLine;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>Answers in the words of a model that the user chose: of another machine, played by a server in this process, or of this one.</summary>
public sealed class AnswerModelTests : IDisposable
{
    private const string Question = "Where is Store.Count defined?";

    private readonly SourceFolder _folder = new();

    public AnswerModelTests()
    {
        _folder.Write("Shop.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""");
        _folder.Write("Store.cs", "namespace Shop;\n\npublic sealed class Store\n{\n    private const string ApiToken = \"tok_9f8e7d6c5b4a39281706\";\n\n    public int Count(string sku) => sku.Length;\n}\n");
        _folder.Write("Hidden.cs", "namespace Shop;\n\npublic sealed class Hidden\n{\n    public int Total(Store store) => store.Count(\"hidden text\");\n}\n");
        _folder.Write(".tritterignore", "Hidden.cs\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_answer_says_where_code_went_and_cites_only_what_there_is()
    {
        using var endpoint = new PlayedEndpoint(PlayedEndpoint.Done("`Count` measures the ", "`sku` [1", "]. It calls `Invented` [1]. See [99]."));

        TritterRun run = await Ask(endpoint, ("TRITTER_ENDPOINT_KEY", "the-key"));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"by big at `{endpoint.Host}`, to which your question, the findings above and", run.Out, StringComparison.Ordinal);
        Assert.Contains("`Count` measures the `sku` [1]. See.", run.Out, StringComparison.Ordinal);
        Assert.Contains("One sentence is left out", run.Out, StringComparison.Ordinal);
        string request = Assert.Single(endpoint.Requests);
        Assert.StartsWith("POST /v1/chat/completions ", request, StringComparison.Ordinal);
        Assert.Contains("Bearer the-key", request, StringComparison.Ordinal);
        Assert.Contains("\"model\":\"big\"", request, StringComparison.Ordinal);
        Assert.Contains(Question, request, StringComparison.Ordinal);
        Assert.Contains("Store.cs", request, StringComparison.Ordinal);
        Assert.DoesNotContain("tok_9f8e7d6c5b4a39281706", request, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden text", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("401 Unauthorized", "{}", "refused with status 401: it wants another key.")]
    [InlineData("404 Not Found", "{}", "refused with status 404: the address ends before /chat/completions")]
    [InlineData("500 Internal Server Error", """{"error":{"message":"out of\nmemory"}}""", "refused with status 500: out of memory.")]
    [InlineData("200 OK", "no events", "It had nothing to say.")]
    public async Task What_goes_wrong_at_the_endpoint_is_one_line_below_the_whole_answer(string status, string body, string line)
    {
        using var endpoint = new PlayedEndpoint(PlayedEndpoint.Status(status, body));

        TritterRun run = await Ask(endpoint);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("Store.cs:7", run.Out, StringComparison.Ordinal);
        Assert.Contains(line, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_does_not_follow_a_redirection()
    {
        using var elsewhere = new PlayedEndpoint(PlayedEndpoint.Done("Caught."));
        using var endpoint = new PlayedEndpoint(PlayedEndpoint.Status("307 Temporary Redirect", "", $"Location: {elsewhere.Address}/chat/completions\r\n"));

        TritterRun run = await Ask(endpoint);

        Assert.Contains("status 307: it points elsewhere", run.Out, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_gets_nothing()
    {
        var endpoint = new PlayedEndpoint("");
        endpoint.Dispose();

        JsonNode answer = JsonNode.Parse((await Ask(endpoint, "--json")).Out)!;

        Assert.Contains($"No words came: {endpoint.Address} cannot be reached", (string)answer["markdown"]!, StringComparison.Ordinal);
        Assert.Contains("Nothing was sent.", (string)answer["markdown"]!, StringComparison.Ordinal);
        Assert.Null(answer["remote"]);
    }

    [Fact]
    public async Task An_endpoint_that_falls_silent_is_given_up()
    {
        using var endpoint = new PlayedEndpoint(PlayedEndpoint.Stream("So far. "), keepsOpen: true);
        var chat = new RemoteChat(new RemoteEndpoint(new Uri(endpoint.Address), "big", null), TimeSpan.FromSeconds(1));

        PhrasingFailure failure = await Assert.ThrowsAsync<PhrasingFailure>(() => chat.WriteAsync("", "", _ => true, TestContext.Current.CancellationToken));

        Assert.Equal(($"{endpoint.Host} was silent for 1 s", true), (failure.Message, failure.WasSent));
        await endpoint.ClosedByClient;
    }

    [Fact]
    public async Task An_editor_names_the_endpoint_streams_its_words_and_cancels_them()
    {
        using var endpoint = new PlayedEndpoint(PlayedEndpoint.Stream("First sentence. Second"), keepsOpen: true);
        await using InProcessServer server = await StartAsync(new { answers = new { endpoint = new { url = endpoint.Address, model = "big", key = "k" } } });

        int asked = server.Client.Send("tritter/ask", new { question = Question, textDocument = Document, partialResultToken = "t" });
        await server.Client.NotificationAsync("$/progress", p => ((string?)p["value"]!["markdown"])?.Contains("First sentence.", StringComparison.Ordinal) == true);
        server.Client.Notify("$/cancelRequest", new { id = asked });
        JsonObject answer = await server.Client.Answer(asked);

        Assert.Equal(-32800, (int)answer["error"]!["code"]!);
        await endpoint.ClosedByClient;
        await server.Client.StopAsync();
    }

    [Fact]
    public async Task Settings_that_the_server_asks_for_cannot_name_an_endpoint()
    {
        // A client may take those from a repository's files.
        using var endpoint = new PlayedEndpoint(PlayedEndpoint.Done("Caught."));
        await using InProcessServer server = await StartAsync(null, new { answers = new { endpoint = new { url = endpoint.Address, model = "big" }, chatModel = "big" } });

        JsonNode answer = (await server.Client.AskAsync("tritter/ask", new { question = Question, textDocument = Document }))["result"]!;

        Assert.Contains("workspace/configuration", server.Client.Requests);
        Assert.Equal(("definition", null, null), ((string?)answer["kind"], (string?)answer["remote"], (string?)answer["model"]));
        Assert.Empty(endpoint.Requests);
        await server.Client.StopAsync();
    }

    [Fact]
    public async Task A_wrong_choice_is_said_in_the_log()
    {
        await using InProcessServer server = await StartAsync(new { answers = new { endpoint = new { url = "team", model = "big" } } });

        await server.Client.NotificationAsync("window/logMessage", p => ((string)p["message"]!).Contains("tritter.answers.endpoint.url is an address such as http://localhost:8000/v1, not \"team\"", StringComparison.Ordinal));
        await server.Client.StopAsync();
    }

    [Theory]
    [InlineData("--endpoint needs --endpoint-model NAME", "--endpoint", "http://localhost:1/v1")]
    [InlineData("--endpoint-model needs --endpoint URL", "--endpoint-model", "big")]
    [InlineData("--endpoint team is no address; write one such as http://localhost:8000/v1", "--endpoint", "team", "--endpoint-model", "big")]
    [InlineData("choose --endpoint or --chat-model: one model answers", "--endpoint", "http://localhost:1/v1", "--endpoint-model", "big", "--chat-model", "mine")]
    public async Task Options_that_make_no_sense_are_refused(string line, params string[] options) =>
        (await TritterRun.StartAsync(["ask", Question, ".", .. options], _folder.Path)).AssertFailed(2, line);

    [Fact]
    public async Task A_chat_model_on_this_machine_answers_where_it_is_chosen()
    {
        // The embedded model with a template that it was not trained on: what it says does not matter here.
        string model = Directory.CreateDirectory(Path.Combine(_folder.Path, ".model")).FullName;
        foreach (string file in Directory.EnumerateFiles(Checkout.EmbeddedModel))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        _folder.Write(".model/tokenizer_config.json", """{ "chat_template": "<|im_start|>" }""");
        (string, string) config = ("TRITTER_CONFIG", Path.Combine(_folder.Path, ".config"));
        await TritterRun.StartAsync(["model", "add", ".model", "--name", "mine"], _folder.Path, config);

        TritterRun words = await TritterRun.StartAsync(["ask", Question, ".", "--chat-model", "mine", "--json"], _folder.Path, config);
        TritterRun none = await TritterRun.StartAsync(["ask", Question, "."], _folder.Path, config);
        TritterRun unknown = await TritterRun.StartAsync(["ask", Question, ".", "--chat-model", "other"], _folder.Path, config);
        TritterRun speechless = await TritterRun.StartAsync(["explain", "Store.cs:7", "--chat-model", Checkout.EmbeddedModel], _folder.Path, config);

        JsonNode answer = JsonNode.Parse(words.Out)!;
        Assert.Contains("**In other words**, by mine on this machine:", (string)answer["markdown"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("No words came", (string)answer["markdown"]!, StringComparison.Ordinal);
        Assert.Null(answer["remote"]);
        Assert.DoesNotContain("In other words", none.Out, StringComparison.Ordinal);
        Assert.Contains("no model is called 'other': 'tritter model list' shows those that are", unknown.Out, StringComparison.Ordinal);
        Assert.Contains("was not trained on conversations", speechless.Out, StringComparison.Ordinal);
    }

    private object Document => new { uri = new Uri(Path.Combine(_folder.Path, "Store.cs")).AbsoluteUri };

    private Task<TritterRun> Ask(PlayedEndpoint endpoint, params (string, string)[] environment) =>
        TritterRun.StartAsync(["ask", Question, ".", "--endpoint", endpoint.Address, "--endpoint-model", "big"], _folder.Path, environment);

    private Task<TritterRun> Ask(PlayedEndpoint endpoint, string option) =>
        TritterRun.StartAsync(["ask", Question, ".", "--endpoint", endpoint.Address, "--endpoint-model", "big", option], _folder.Path);

    private async Task<InProcessServer> StartAsync(object? initializationOptions, object? settings = null)
    {
        InProcessServer server = InProcessServer.Start((_, _) => InProcessServer.Say(""));
        server.Client.Answers["workspace/configuration"] = new JsonArray(System.Text.Json.JsonSerializer.SerializeToNode(settings ?? new { }));
        await server.Client.AskAsync("initialize", new
        {
            capabilities = new { workspace = new { configuration = true } },
            workspaceFolders = new[] { new { uri = new Uri(_folder.Path).AbsoluteUri, name = "shop" } },
            initializationOptions,
        });
        server.Client.Notify("initialized", new { });
        return server;
    }
}
