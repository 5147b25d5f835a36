using Tritter.Core.Completion;
using Tritter.Core.CSharp;

namespace Tritter.Core.Tests.CSharp;

public sealed class DefinitionCardsTests
{
    private const string Item = """
        namespace Shop;

        public sealed class Item
        {
            public string Sku { get; init; } = "";
            private int _secret;
            public decimal PriceFor(int count)
            {
                return count * 2m;
            }
        }
        """;

    private const string Store = """
        namespace Shop;

        public interface IStore
        {
            Item? Find(string sku);
        }
        """;

    private const string Unrelated = "namespace Shop;\n\npublic class Unrelated\n{\n    public int Never { get; set; }\n}\n";

    [Theory]
    [InlineData("store.$0", "Store.cs")]
    [InlineData("var item = store.Find(\"a\");\n        item.$0", "Item.cs Store.cs")]
    [InlineData("store.Find(\"a\")?.$0", "Item.cs Store.cs")]
    public void The_types_that_the_code_works_with_are_shown_and_no_others(string statement, string expected)
    {
        Assert.Equal(expected.Split(' '), Cards(statement).Select(c => c.Path));
    }

    [Fact]
    public void Members_are_signatures_without_bodies_and_what_is_private()
    {
        string card = Cards("store.Find(\"a\")?.$0").Single(c => c.Path == "Item.cs").Text;

        Assert.Contains("public decimal PriceFor(int count);", card);
        Assert.Contains("Sku", card);
        Assert.DoesNotContain("2m", card);
        Assert.DoesNotContain("_secret", card);
    }

    [Fact]
    public void What_the_file_itself_declares_is_not_shown()
    {
        Assert.DoesNotContain(Cards("new Local().$0"), c => c.Text.Contains("class Local", StringComparison.Ordinal));
    }

    [Fact]
    public void A_small_budget_holds_the_receiver()
    {
        Assert.Equal(["Store.cs"], Cards("var item = new Item();\n        store.$0", maxCharacters: 80).Select(c => c.Path));
    }

    [Fact]
    public void Cards_stay_as_they_are_while_a_name_is_typed()
    {
        Assert.Equal(Cards("store.$0"), Cards("store.Fin$0"));
    }

    [Theory]
    // Of the parts of a type the one with its members.
    [InlineData("partial class Tool\n{\n    class Inner;\n}", "partial class Tool\n{\n    public int Use();\n}\n", "partial class Tool\n{\n    public int Use() => 1;\n}")]
    // Neither directives, nor what they switch off, nor comments.
    [InlineData("class Tool\n{\n#if !NEVER\n    public int Use(int a)\n#else\n    public int Use()\n#endif\n    {\n        return 1;\n    }\n}", "class Tool\n{\n    public int Use(int a);\n}\n", "")]
    [InlineData("class Tool\n{\n    public Tool(int a) // why\n        : this() { }\n    internal Tool() { }\n}", "class Tool\n{\n    public Tool(int a);\n    internal Tool();\n}\n", "")]
    // Whoever writes one part of a type sees what is private in another.
    [InlineData("partial class Basket\n{\n    Tool _tool;\n    int Weigh(Tool tool) => 1;\n}\nclass Tool;", "partial class Basket\n{\n    Tool _tool;\n    int Weigh(Tool tool);\n}\n", "")]
    public void An_outline_is_what_the_reader_can_use(string declared, string expected, string otherPart)
    {
        Cursor cursor = Cursor.At("namespace Shop;\n\npartial class Basket\n{\n    Tool? _mine;\n    void Add(Tool tool)\n    {\n        _ = _mine;\n        tool.$0\n    }\n}\n");
        CSharpProject project = Projects.Of(("A.cs", "namespace Shop;\n\n" + declared), ("B.cs", "namespace Shop;\n\n" + otherPart), ("Basket.cs", cursor.Text));

        IReadOnlyList<ContextPiece> cards = DefinitionCards.Find(project, "Basket.cs", cursor.Prefix.Length, 4000, p => p, TestContext.Current.CancellationToken);

        Assert.Contains(expected, string.Concat(cards.Select(c => c.Text)));
    }

    private static IReadOnlyList<ContextPiece> Cards(string statement, int maxCharacters = 4000)
    {
        Cursor cursor = Cursor.At($$"""
            namespace Shop;

            public sealed class Local;

            public sealed class Basket
            {
                public void Add(IStore store)
                {
                    {{statement}}
                }
            }
            """);
        CSharpProject project = Projects.Of(("Item.cs", Item), ("Store.cs", Store), ("Unrelated.cs", Unrelated), ("Basket.cs", cursor.Text));
        return DefinitionCards.Find(project, "Basket.cs", cursor.Prefix.Length, maxCharacters, p => p, TestContext.Current.CancellationToken);
    }
}
