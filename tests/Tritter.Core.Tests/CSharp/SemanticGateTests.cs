using Tritter.Core.Completion;
using Tritter.Core.CSharp;

namespace Tritter.Core.Tests.CSharp;

public sealed class SemanticGateTests
{
    private const string Store = """
        namespace Shop;

        public sealed record Item(string Sku, decimal Price, int Count);

        public interface IStore
        {
            Item? Find(string sku);
            void Put(Item item);
            Task<Item> LoadAsync(string sku, CancellationToken cancellationToken);
        }

        public sealed class StoreException(string message) : Exception(message);
        """;

    /// <summary>The text of a method of a class that has a store, with the cursor in it.</summary>
    private static string InMethod(string body) => $$"""
        namespace Shop;

        public sealed class Basket(IStore store)
        {
            private readonly List<Item> _items = [];

            public decimal Total => _items.Sum(i => i.Price);

            public decimal Add(string sku, int count)
            {
                {{body}}
            }

            public void Clear() => _items.Clear();
        }
        """;

    [Theory]
    // Clean as they are.
    [InlineData("var item = store.$0\n        return 0;", "Find(sku);")]
    [InlineData("var item = $0\n        return 0;", "store.Find(sku);")]
    [InlineData("$0\n        return 0;", "if (count < 0)\n        {\n            throw new StoreException(sku);\n        }")]
    [InlineData("return $0", "Total;")]
    [InlineData("_items.RemoveAll(i => $0);\n        return 0;", "i.Sku == sku")]
    [InlineData("$0\n        return 0;", "foreach (var item in _items)\n        {\n            store.Put(item);\n        }")]
    [InlineData("var prices = _items.$0\n        return 0;", "Select(i => i.Price).ToList();")]
    [InlineData("string text = $\"{$0}\";\n        return 0;", "count + 1")]
    [InlineData("// $0\n        return 0;", "adds the item, whatever that means")]
    [InlineData("if ($0)\n        {\n            return 1;\n        }\n\n        return 0;", "count > 0")]
    [InlineData("store.Put(new $0\n        return 0;", "Item(sku, 1m, count));")]
    [InlineData("return count switch\n        {\n            0 => 0,\n            $0\n        };", "_ => Total,")]
    // The text around is unfinished or wrong already; that is nobody's fault here.
    [InlineData("undefined.Call();\n        var item = $0\n        return 0;", "store.Find(sku);")]
    [InlineData("var unknown = missing;\n        $0\n        return 0;", "count++;")]
    [InlineData("$0", "return _items.Count;")]
    [InlineData("int x;\n        $0\n        return x;", "x = count;")]
    public void KeepsWhatCompiles(string body, string suggestion)
    {
        GateVerdict verdict = Judge(InMethod(body), suggestion);

        Assert.Equal((GateOutcome.Kept, suggestion), (verdict.Outcome, verdict.Text));
    }

    [Theory]
    [InlineData("var item = store.$0\n        return 0;", "Get(sku).Unknown;")]
    [InlineData("$0\n        return 0;", "basket.Save();")]
    [InlineData("int n = $0;\n        return 0;", "\"three\"")]
    [InlineData("return $0", "await store.LoadAsync(sku, default);")]
    [InlineData("store.Put($0);\n        return 0;", "sku")]
    [InlineData("var x = new $0;\n        return 0;", "Warehouse()")]
    [InlineData("$0\n        return 0;", "}\n\n    public void Other()\n    {")]
    [InlineData("$0\n        return 0;", "int count = 3;")]
    public void DropsWhatDoesNot(string body, string suggestion)
    {
        GateVerdict verdict = Judge(InMethod(body), suggestion);

        Assert.Equal((GateOutcome.Dropped, ""), (verdict.Outcome, verdict.Text));
        Assert.Matches("^CS[0-9]{4}: ", verdict.Reason);
    }

    [Theory]
    [InlineData("$0\n        return 0;", "count++;\n        basket.Save();", "count++;")]
    [InlineData("$0\n        return 0;", "count++;\n        count--;\n        var a = Missing();\n        count++;", "count++;\n        count--;")]
    [InlineData("return $0;", "count.Bogus()", "count")]
    [InlineData("return $0;", "Total.Round(2)", "Total")]
    [InlineData("return sku.$0\n            && count > 0 ? 1 : 0;", "Equals(sku);", "Equals(sku)")]
    public void TrimsWhereItIsClean(string body, string suggestion, string expected)
    {
        GateVerdict verdict = Judge(InMethod(body), suggestion);

        Assert.Equal((GateOutcome.Trimmed, expected), (verdict.Outcome, verdict.Text));
    }

    [Theory]
    [InlineData("var item = store.$0\n        return 0;", "find(sku);", "Find(sku);")]
    [InlineData("var item = store.$0\n        return 0;", "LoadAsinc(sku, default);", "LoadAsync(sku, default);")]
    [InlineData("return $0;", "total", "Total")]
    [InlineData("throw new $0", "StoreExeption(sku);", "StoreException(sku);")]
    [InlineData("$0\n        return 0;", "count++", "count++;")]
    [InlineData("$0\n        return 0;", "if (count < 0)\n        {\n            count = 0;", "if (count < 0)\n        {\n            count = 0;\n        }")]
    [InlineData("if (count < 0) $0\n        return 0;", "{\n            foreach (var item in _items)\n            {\n                store.Put(item", "{\n            foreach (var item in _items)\n            {\n                store.Put(item);\n            }\n        }")]
    [InlineData("$0\n        return 0;", "store.Put(new Item(sku, 1m, count)", "store.Put(new Item(sku, 1m, count));")]
    public void RepairsWhatCanMeanOneThingOnly(string body, string suggestion, string expected)
    {
        GateVerdict verdict = Judge(InMethod(body), suggestion);

        Assert.Equal((GateOutcome.Repaired, expected), (verdict.Outcome, verdict.Text));
    }

    [Theory]
    [InlineData("public sealed class A : IStore\n{\n    $0\n}", "public Item? Find(string sku) => null;", GateOutcome.Kept)]
    [InlineData("public sealed class A\n{\n    private int _n;\n\n    $0\n}", "public int Next() => _n++;", GateOutcome.Kept)]
    [InlineData("public sealed class A\n{\n    private int _n;\n\n    $0\n}", "public Warehouse Next() => null!;", GateOutcome.Dropped)]
    [InlineData("public sealed class A\n{\n    private int _n;\n\n    $0\n}", "private int _n;", GateOutcome.Dropped)]
    [InlineData("public sealed class A : $0\n{\n}", "Exception", GateOutcome.Kept)]
    [InlineData("public sealed class A\n{\n    private readonly $0\n}", "Dictionary<string, Item> _byName = [];", GateOutcome.Kept)]
    [InlineData("public sealed class A\n{\n    public string Name { $0 }\n}", "get; init; } = \"\";", GateOutcome.Trimmed)]
    [InlineData("public sealed class A\n{\n    public A(string name$0\n    {\n        Name = name;\n    }\n\n    public string Name { get; }\n}", ", object ", GateOutcome.Dropped)]
    [InlineData("public sealed class A\n{\n    public int Count(int n)\n    $0\n}", "{\n        n++;\n    }", GateOutcome.Dropped)]
    [InlineData("public sealed class A\n{\n    public int Count(int n)\n    $0\n}", "{\n        return n;\n    }", GateOutcome.Kept)]
    [InlineData("public static partial class A\n{\n    $0\n}", "public static partial int Next();", GateOutcome.Kept)]
    [InlineData("using $0\n\npublic sealed class A;", "System.Text;", GateOutcome.Kept)]
    [InlineData("public abstract class A\n{\n    $0\n}\n\npublic sealed class B : A;", "public abstract int Next();", GateOutcome.Dropped)]
    [InlineData("public abstract class A\n{\n    $0\n}\n\npublic abstract class B : A;", "public abstract int Next();", GateOutcome.Kept)]
    [InlineData("public interface A\n{\n    int First();\n    $0\n}\n\npublic sealed class B : A\n{\n    public int First() => 1;\n}", "int Next();", GateOutcome.Dropped)]
    [InlineData("public class A\n{\n    public int Add(int n) => n;\n    $0\n\n    public int Sum(string s) => Add(null!, s);\n}", "public int Add(object o, string s) => 1;", GateOutcome.Kept)]
    [InlineData("public class A\n{\n    public int Add(string s) => 1;\n    $0\n\n    public int Sum() => Add(null!);\n}", "public int Add(Exception o) => 1;", GateOutcome.Dropped)]
    [InlineData("public class A\n{\n    $0\n\n    public int Sum() => 1;\n}", "public string Sum() => \"\";", GateOutcome.Dropped)]
    [InlineData("public class A\n{\n    $0\n}", "public sealed class B : Exception;\n\n    public B Make() => new();", GateOutcome.Kept)]
    [InlineData("using $0\n\npublic sealed class A;", "System.Texts;", GateOutcome.Repaired)]
    public void JudgesMembersAndHeaders(string marked, string suggestion, GateOutcome expected)
    {
        Assert.Equal(expected, Judge("using Shop;\n" + marked, suggestion).Outcome);
    }

    [Theory]
    [InlineData("$0\n        return 0;", "Warehouse.Instance.Save(sku);")]
    [InlineData("var x = store.$0\n        return 0;", "FromAPackage(sku);")]
    public void AbstainsFromUnknownNamesThatOtherFilesUseWhereReferencesAreMissing(string body, string suggestion)
    {
        Cursor cursor = Cursor.At(InMethod(body));
        const string OtherFile = "class Other { void M(Shop.IStore store) { Warehouse.Instance.Save(\"\"); store.FromAPackage(1); } }";
        GateVerdict verdict = SemanticGate.Judge(Projects.Incomplete(("Store.cs", Store), ("Other.cs", OtherFile)), "Basket.cs", cursor.Text, cursor.Prefix.Length, suggestion, CancellationToken.None);

        Assert.Equal(suggestion, verdict.Text);
    }

    [Theory]
    [InlineData("var made = $0;", "new Made(1)", true)]
    [InlineData("Made made = $0;", "new(1)", true)]
    [InlineData("var made = $0;", "new Plain(1)", false)]
    public void Leaves_constructors_alone_that_a_source_generator_may_write(string body, string suggestion, bool isKept)
    {
        string types = "[Serializable]\npublic partial class Made;\n\npublic partial class Plain;\n";
        GateOutcome outcome = Judge($"{types}\npublic class User\n{{\n    public void Use()\n    {{\n        {body}\n    }}\n}}\n", suggestion).Outcome;

        Assert.Equal(isKept, outcome == GateOutcome.Kept);
    }

    [Fact]
    public void FindsNamesThatNoFileUsesWhereReferencesAreMissing()
    {
        Cursor cursor = Cursor.At(InMethod("var x = store.$0\n        return 0;"));
        GateVerdict verdict = SemanticGate.Judge(Projects.Incomplete(("Store.cs", Store)), "Basket.cs", cursor.Text, cursor.Prefix.Length, "Invented(sku);", CancellationToken.None);

        Assert.Equal(GateOutcome.Dropped, verdict.Outcome);
    }

    [Fact]
    public void StillFindsWrongTypesWhereReferencesAreMissing()
    {
        Cursor cursor = Cursor.At(InMethod("store.Put($0);\n        return 0;"));
        GateVerdict verdict = SemanticGate.Judge(Projects.Incomplete(("Store.cs", Store)), "Basket.cs", cursor.Text, cursor.Prefix.Length, "sku", CancellationToken.None);

        Assert.Equal(GateOutcome.Dropped, verdict.Outcome);
    }

    /// <summary>By the file alone, which must say what the whole project says.</summary>
    private static GateVerdict Judge(string marked, string suggestion)
    {
        Cursor cursor = Cursor.At(marked);
        CSharpProject project = Projects.Of(("Store.cs", Store));
        GateVerdict verdict = SemanticGate.Judge(FocusedFile.Of(project, "Basket.cs", cursor.Text), cursor.Prefix.Length, suggestion, TestContext.Current.CancellationToken);
        Assert.Equal(SemanticGate.Judge(project, "Basket.cs", cursor.Text, cursor.Prefix.Length, suggestion, TestContext.Current.CancellationToken), verdict);
        return verdict;
    }
}
