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
