using System.Text.Json.Nodes;
using Tritter.Core.Syntax;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>tritter/ask, from outside.</summary>
public sealed class AskTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tritter-ask-");

    public AskTests()
    {
        Write("Shop.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""");
        Write("Store.cs", "namespace Shop;\n\npublic sealed class Store\n{\n    public int Count(string sku) => sku.Length;\n}\n");
        Write("Basket.cs", "namespace Shop;\n\npublic sealed class Basket(Store store)\n{\n    public int Total() => store.Count(\"a\");\n}\n");
        Write("tool.py", "def measure(text):\n    return len(text)\n\n\ndef report():\n    return measure(\"a\")\n");
    }

    [Fact]
    public async Task A_conversation_goes_on_about_its_subject_until_it_is_cleared()
    {
        await using InProcessServer server = InProcessServer.Start((_, _) => InProcessServer.Say(""));
        await server.Client.StartAsync();
        var document = new { uri = new Uri(Path.Combine(_folder.FullName, "Store.cs")).AbsoluteUri };

        JsonNode first = (await server.Client.AskAsync("tritter/ask", new { question = "Where is Store.Count defined?", textDocument = document }))["result"]!;
        string conversation = (string)first["conversation"]!;
        JsonNode second = (await server.Client.AskAsync("tritter/ask", new { question = "and who calls it?", conversation, textDocument = document }))["result"]!;
        JsonNode python = (await server.Client.AskAsync("tritter/ask", new { question = "Who calls measure?", textDocument = document }))["result"]!;
        await server.Client.AskAsync("tritter/clearConversation", new { conversation });
        JsonNode third = (await server.Client.AskAsync("tritter/ask", new { question = "and who calls it?", conversation, textDocument = document }))["result"]!;

        Assert.Equal(("definition", true), ((string)first["kind"]!, (bool)first["exact"]!));
        Assert.Equal(("callers", "Shop.Basket.Total", "Basket.cs"), ((string)second["kind"]!, (string)second["citations"]![1]!["symbol"]!, (string)second["citations"]![1]!["path"]!));
        if (TreeSitter.Missing is null)
        {
            Assert.Equal(("callers", false, "report"), ((string)python["kind"]!, (bool)python["exact"]!, (string)python["citations"]![1]!["symbol"]!));
        }

        Assert.Equal("search", (string)third["kind"]!);
        await server.Client.StopAsync();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
