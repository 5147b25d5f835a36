using Tritter.Core.Completion;
using Tritter.Core.CSharp;

namespace Tritter.Core.Tests.CSharp;

/// <summary>A file by itself against its project: the file's own types are there twice, and nobody may notice.</summary>
public sealed class FocusedFileTests
{
    private const string Others = """
        namespace Shop;

        internal static class Ledger
        {
            internal static void Book(Basket basket) { }
            internal static Basket Last() => new();
        }

        public partial class Basket
        {
            private int _weight;
        }

        public sealed class GiftBasket : Basket;
        """;

    private const string Basket = """
        namespace Shop;

        public partial class Basket
        {
            private int _count;

            public int Count => _count;

            public void Add(int n)
            {
                $0
            }
        }

        public static class Counting
        {
            public static int Twice(this Basket basket) => 2 * basket.Count;
        }
        """;

    [Theory]
    [InlineData("Ledger.Book(this);", true)]
    [InlineData("_count = Ledger.Last()._count;", true)]
    [InlineData("_count = _weight + this.Twice();", true)]
    [InlineData("Basket gift = new GiftBasket();", true)]
    [InlineData("foreach (var i in Enumerable.Range(0, n)) { _count += i; }", true)]
    [InlineData("Ledger.Book(n);", false)]
    [InlineData("Ledger.Last().Missing();", false)]
    [InlineData("_count = _height;", false)]
    public void SaysWhatTheProjectSays(string suggestion, bool isKept)
    {
        Cursor cursor = Cursor.At(Basket);
        FocusedFile file = FocusedFile.Of(Projects.Of(("Others.cs", Others)), "Basket.cs", cursor.Text);

        Assert.Equal(isKept, SemanticGate.Judge(file, cursor.Prefix.Length, suggestion, TestContext.Current.CancellationToken).Outcome == GateOutcome.Kept);
    }

    [Theory]
    [InlineData("        \n", "        n++;\n", true)]
    [InlineData("public int Count", "internal int Count", false)]
    [InlineData("_count;\n\n", "_count, _more;\n\n", false)]
    [InlineData("Twice(", "Double(", false)]
    public void GoesOnWhileOtherFilesSeeNoDifference(string old, string now, bool goesOn)
    {
        string text = Cursor.At(Basket).Text.ReplaceLineEndings("\n");
        int at = text.IndexOf(old, StringComparison.Ordinal);
        string changed = text.Remove(at, old.Length).Insert(at, now);
        FocusedFile? next = FocusedFile.Of(Projects.Of(("Others.cs", Others)), "Basket.cs", text).With(changed);

        Assert.Equal((goesOn, goesOn ? changed : null), (next is not null, next?.Text));
    }
}
