using Tritter.Core.CSharp;

namespace Tritter.Core.Tests.CSharp;

public sealed class NamesBehindTests
{
    private const string Shop = """
        namespace Shop;

        public interface IStore
        {
            string? Find(string sku);
        }

        public enum Colour { Red, Green }

        public class Shelf
        {
            public static Shelf Empty { get; } = new();
            public int Count { get; set; }
            protected void Restock() { }
            private void Burn() { }
            public virtual void Clear() { }
            public sealed class Slot;
        }

        public static class ShelfExtensions
        {
            public static bool IsFull(this Shelf shelf) => false;

            extension(Shelf shelf)
            {
                public bool IsHalfFull => false;
                public void Dust() { }
                public static Shelf Largest => Shelf.Empty;
            }
        }
        """;

    [Theory]
    [InlineData("shelf.$0", "Count Clear IsFull IsHalfFull Dust GetHashCode", "Empty Burn Restock Slot ShelfExtensions")]
    [InlineData("shelf?.$0", "Count Clear IsFull", "Empty Burn Slot")]
    [InlineData("this.$0", "Restock Count Colour", "Empty Burn")]
    [InlineData("base.$0", "Restock Count Clear", "Empty Burn")]
    [InlineData("Shelf.$0", "Empty Slot Largest", "Count Clear Burn")]
    [InlineData("Shop.$0", "Shelf IStore Colour", "String Count")]
    [InlineData("store.Find(\"a\")?.$0", "Length Trim Where", "Empty Format")]
    [InlineData("Colour.$0", "Red Green HasFlag", "Shelf")]
    [InlineData("Shop.Colour.$0", "Red Green", "Shelf HasFlag")]
    [InlineData("when?.$0", "Year AddDays", "HasValue Now")]
    [InlineData("when.$0", "HasValue Value", "Year Now")]
    [InlineData("var s = new $0", "Shelf List IStore Price string byte int", "Find Count Restock ShelfExtensions")]
    [InlineData("Price p = new $0", "Price Dictionary", "")]
    public void Names_are_those_that_may_stand_there(string statement, string among, string notAmong)
    {
        IReadOnlyCollection<string>? names = Find(InMethod(statement));

        Assert.NotNull(names);
        Assert.All(among.Split(' ', StringSplitOptions.RemoveEmptyEntries), name => Assert.Contains(name, names));
        Assert.All(notAmong.Split(' ', StringSplitOptions.RemoveEmptyEntries), name => Assert.DoesNotContain(name, names));
    }

    [Theory]
    [InlineData("double d = 0.$0")]
    [InlineData("double d = 1_0.$0")]
    [InlineData("var r = shelf.Count..$0")]
    [InlineData("var s = \"shelf.$0\"")]
    [InlineData("// shelf.$0")]
    [InlineData("missing.$0")]
    [InlineData("shelf.Missing.$0")]
    [InlineData("dynamic d = 1; d.$0")]
    public void Nothing_is_said_where_a_name_need_not_follow_or_is_not_known(string statement)
    {
        Assert.Null(Find(InMethod(statement)));
    }

    [Theory]
    [InlineData("namespace Shop.$0")]
    [InlineData("namespace Shop.$0;\n\npublic class New;")]
    public void A_namespace_may_be_given_a_new_name(string marked)
    {
        Assert.Null(Find(marked));
    }

    [Fact]
    public void Nothing_is_said_while_references_are_missing()
    {
        Cursor cursor = Cursor.At(InMethod("shelf.$0"));

        Assert.Null(NamesBehind.Find(Projects.Incomplete(("Shop.cs", Shop)), "New.cs", cursor.Prefix, cursor.Suffix, TestContext.Current.CancellationToken));
    }

    private static string InMethod(string statement) => $$"""
        using Price = System.Decimal;

        namespace Shop;

        public sealed class Cupboard(IStore store) : Shelf
        {
            public Colour Colour { get; set; }

            public void Fill(Shelf shelf, DateTime? when)
            {
                {{statement}}
            }
        }
        """;

    private static IReadOnlyCollection<string>? Find(string marked)
    {
        Cursor cursor = Cursor.At(marked);
        return NamesBehind.Find(Projects.Of(("Shop.cs", Shop)), "New.cs", cursor.Prefix, cursor.Suffix, TestContext.Current.CancellationToken);
    }
}
