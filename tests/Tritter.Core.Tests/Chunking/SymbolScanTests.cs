using Tritter.Core.Chunking;

namespace Tritter.Core.Tests.Chunking;

public sealed class SymbolScanTests
{
    private const string Source = """
        using System.Text;
        using J = System.Text.Json;

        namespace N.M
        {
            [Serializable]
            class Box<T>(int size) : Base<T>
            {
                int a, b = Start();
                string this[int i] => Find(i);
                enum Colour { Red, Green }
                void Add(Item item) { item.Run(); Broken(
            }
        }
        """;

    [Fact]
    public void Definitions_of_CSharp_have_qualified_names_lines_and_signatures()
    {
        FileSymbols symbols = Scan("a.cs", Source);

        Assert.Equal(
            ["N.M.Box@6", "N.M.Box.a@8", "N.M.Box.b@8", "N.M.Box.this[]@9", "N.M.Box.Colour@10", "N.M.Box.Colour.Red@10", "N.M.Box.Colour.Green@10", "N.M.Box.Add@11"],
            symbols.Definitions.Select(d => $"{d.QualifiedName}@{d.Line}"));
        Assert.Equal("class Box<T>(int size) : Base<T>", symbols.Definitions[0].Signature);
        Assert.Equal("void Add(Item item)", symbols.Definitions[^1].Signature);
        Assert.StartsWith("[Serializable]", Source[symbols.Definitions[0].Start..]);
    }

    [Fact]
    public void References_of_CSharp_are_the_names_in_code()
    {
        FileSymbols symbols = Scan("a.cs", Source);

        Assert.Equal(
            ["Serializable@5", "Base@6", "T@6", "Start@8", "Find@9", "i@9", "Item@11", "item@11", "Run@11", "Broken@11"],
            symbols.References.Select(r => $"{r.Name}@{r.Line}"));
    }

    [Fact]
    public void Imports_of_CSharp_are_its_using_directives() => Assert.Equal(["System.Text", "System.Text.Json"], Scan("a.cs", Source).Imports);

    [Fact]
    public void A_language_without_parser_has_no_symbols() => Assert.Same(FileSymbols.None, Scan("a.txt", "class A { }"));

    private static FileSymbols Scan(string path, string text) => SymbolScan.Of(path, text, TestContext.Current.CancellationToken);
}
