using System.Text.Json.Nodes;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>tritter/explain, from outside.</summary>
public sealed class ExplainTests : IDisposable
{
    private const string Store = "namespace Shop;\n\npublic sealed class Store\n{\n    public int Count(string sku) => sku.Length;\n}\n";
    private const string Basket = "namespace Shop;\n\npublic sealed class Basket(Store store)\n{\n    public int Total() => store.Count(\"a\");\n}\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tritter-explain-");

    public ExplainTests()
    {
        Write("Shop.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""");
        Write("Store.cs", Store);
        Write("Basket.cs", Basket);
    }

    [Fact]
    public async Task The_pieces_that_are_sent_are_the_answer_and_its_citations_are_in_the_open_documents()
    {
        await using InProcessServer server = InProcessServer.Start((_, _) => InProcessServer.Say(""));
        await server.Client.StartAsync();
        server.Client.Open(Store, Uri("Store.cs"));
        // The first line is new and not saved: every place below it has moved.
        server.Client.Open("// Ünsaved\n" + Basket, Uri("Basket.cs"));

        JsonObject reply = await server.Client.AskAsync("tritter/explain", new
        {
            textDocument = new { uri = Uri("Store.cs") },
            position = new { line = 4, character = 16 },
            workDoneToken = 7,
            partialResultToken = "p",
        });

        JsonNode answer = reply["result"]!;
        Assert.Equal(("symbol", true), ((string)answer["kind"]!, (bool)answer["exact"]!));
        Assert.Contains("- `Basket.Total` [[2]](citation:2)", (string)answer["markdown"]!);
        JsonNode citation = answer["citations"]![1]!;
        Assert.Equal((2, Uri("Basket.cs"), "Basket.cs", false), ((int)citation["id"]!, (string)citation["uri"]!, (string)citation["path"]!, (bool)citation["stale"]!));
        Assert.Equal((5, 32), ((int)citation["range"]!["start"]!["line"]!, (int)citation["range"]!["start"]!["character"]!));
        await server.Client.NotificationAsync("$/progress", p => (string?)p["value"]!["kind"] == "end" && (int?)p["token"] == 7);
        Assert.Equal((string)answer["markdown"]!, string.Concat(server.Client.Notifications("$/progress").Where(p => p["token"]!.GetValueKind() == System.Text.Json.JsonValueKind.String).Select(p => (string)p["value"]!["markdown"]!)));
        await server.Client.StopAsync();
    }

    [Theory]
    [InlineData(true, 4, 16, "```csharp\npublic int Count(string sku)\n```\n\nCounts letters.\n\nCalled by 1 member at 1 place.\n")]
    [InlineData(true, 4, 24, null)]
    [InlineData(true, 1, 0, null)]
    [InlineData(false, 4, 16, null)]
    public async Task Resting_on_a_name_tells_what_it_is_where_the_user_wants_that(bool isOn, int line, int character, string? expected)
    {
        await using InProcessServer server = InProcessServer.Start((_, _) => InProcessServer.Say(""));
        await server.Client.StartAsync();
        if (isOn)
        {
            server.Client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { hover = new { enabled = true } } } });
        }

        string text = Store.Replace("    public", "    /// <summary>Counts letters. Not words.</summary>\n    public", StringComparison.Ordinal);
        server.Client.Open(text, Uri("Store.cs"));
        JsonObject reply = await server.Client.AskAsync("textDocument/hover", new { textDocument = new { uri = Uri("Store.cs") }, position = new { line = line == 4 ? 5 : line, character } });

        Assert.Equal(expected, (string?)reply["result"]?["contents"]?["value"]);
        await server.Client.StopAsync();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private string Uri(string name) => $"file://{_folder.FullName}/{name}";
}
