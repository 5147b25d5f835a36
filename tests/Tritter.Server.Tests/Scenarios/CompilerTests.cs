using System.Text.Json.Nodes;
using Tritter.Core.Completion;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>What the compiler knows of an open C# project takes part in completions.</summary>
public sealed class CompilerTests : IDisposable
{
    private const string Store = "namespace Shop;\n\npublic sealed class Store\n{\n    public int Count(string sku) => sku.Length;\n}\n";
    private const string Basket = "namespace Shop;\n\npublic sealed class Basket(Store store)\n{\n    public int Total() => \n}\n";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tritter-compiler-");

    public CompilerTests()
    {
        Write("Shop.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""");
        Write("Store.cs", Store);
        Write("Basket.cs", Basket);
    }

    [Theory]
    [InlineData("store.Missing(1);", "")]
    [InlineData("store.Count(\"a\");", "store.Count(\"a\");")]
    [InlineData("store.count(\"a\");", "store.Count(\"a\");")]
    public async Task A_suggestion_is_shown_as_far_as_it_compiles(string suggested, string shown)
    {
        CompletionRequest? asked = null;
        await using InProcessServer server = InProcessServer.Start((request, _) =>
        {
            asked = request;
            return InProcessServer.Say(suggested);
        });
        await server.Client.StartAsync();
        server.Client.Open(Basket, Uri("Basket.cs"));

        // Until the project is loaded, completions come without the compiler.
        DateTime end = DateTime.UtcNow + _patience;
        JsonArray items;
        do
        {
            items = await server.Client.CompleteAsync(4, 26, Uri("Basket.cs"));
        }
        while (asked?.Names is null && DateTime.UtcNow < end);

        Assert.Equal(shown, (string?)items.SingleOrDefault()?["insertText"] ?? "");
        ContextPiece piece = Assert.Single(asked!.Context);
        Assert.Equal(("Store.cs", "public sealed class Store\n{\n    public int Count(string sku);\n}\n"), (piece.Path, piece.Text));
        Assert.Equal(["Count"], asked.Names!("namespace Shop;\n\npublic sealed class Basket(Store store)\n{\n    public int Total() => store.")!.Except(["Equals", "GetHashCode", "GetType", "ToString"]));
        await server.Client.StopAsync();
    }

    [Fact]
    public async Task Open_documents_count_as_they_are_shown()
    {
        CompletionRequest? asked = null;
        await using InProcessServer server = InProcessServer.Start((request, _) =>
        {
            asked = request;
            return InProcessServer.Say("store.Sum();");
        });
        await server.Client.StartAsync();
        server.Client.Open(Basket, Uri("Basket.cs"));
        server.Client.Open(Store.Replace("}\n", "    public int Sum() => 3;\n}\n"), Uri("Store.cs"));

        DateTime end = DateTime.UtcNow + _patience;
        JsonArray items;
        do
        {
            items = await server.Client.CompleteAsync(4, 26, Uri("Basket.cs"));
        }
        while (asked?.Names is null && DateTime.UtcNow < end);

        Assert.Equal("store.Sum();", (string?)Assert.Single(items)!["insertText"]);
        await server.Client.StopAsync();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private string Uri(string name) => new Uri(Path.Combine(_folder.FullName, name)).AbsoluteUri;
}
