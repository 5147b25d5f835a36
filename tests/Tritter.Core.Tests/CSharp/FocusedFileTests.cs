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
    [InlineData("        \n", "        n++;\n", false)]
    [InlineData("public int Count", "internal int Count", true)]
    [InlineData("_count;\n\n", "_count, _more;\n\n", true)]
    [InlineData("Twice(", "Double(", true)]
    [InlineData("public partial class Basket", "public partial class Bag", null)]
    public void GoesOn_AndKnowsWhetherOtherFilesSeeADifference(string old, string now, bool? isStale)
    {
        string text = Cursor.At(Basket).Text.ReplaceLineEndings("\n");
        int at = text.IndexOf(old, StringComparison.Ordinal);
        string changed = text.Remove(at, old.Length).Insert(at, now);
        FocusedFile? next = FocusedFile.Of(Projects.Of(("Others.cs", Others)), "Basket.cs", text).With(changed);

        Assert.Equal((isStale, isStale is null ? null : changed), (next?.IsStale, next?.Text));
    }

    /// <summary>What was declared since the project was looked at counts.</summary>
    [Theory]
    [InlineData("Tare(n);", true)]
    [InlineData("_count = Ledger.Last()._tare;", true)]
    [InlineData("Tara(n);", false)]
    public void KnowsWhatWasDeclaredSince(string suggestion, bool isKept)
    {
        Cursor cursor = Cursor.At(Basket);
        FocusedFile file = FocusedFile.Of(Projects.Of(("Others.cs", Others)), "Basket.cs", cursor.Text);
        string text = cursor.Text.Insert(cursor.Prefix.IndexOf("    private int _count;", StringComparison.Ordinal), "    private int _tare;\n    private void Tare(int n) => _tare = n;\n");
        int moved = text.Length - cursor.Text.Length;

        GateVerdict verdict = SemanticGate.Judge(file.With(text)!, cursor.Prefix.Length + moved, suggestion, TestContext.Current.CancellationToken);
        Assert.Equal(isKept ? suggestion : "Tare(n);", verdict.Text);
    }
}
