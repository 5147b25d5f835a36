using Tritter.Core.CSharp;

namespace Tritter.Core.Tests.CSharp;

public sealed class ScopeAtCursorTests
{
    private const string Shop = """
        namespace Shop;

        public record Item(string Sku, decimal Price);

        public interface IStore
        {
            Item? Find(string sku);
            void Put(Item item, int count = 1);
            void PutAll(params Item[] items);
        }

        public abstract class Basis
        {
            protected abstract decimal Sum();
            public virtual void Open() { }
            private void Hidden() { }
        }

        public sealed class CheckedAttribute : Attribute;
        """;

    [Theory]
    [InlineData("store.$0", ScopeKind.Member, "Shop.IStore", null, "Find Put")]
    [InlineData("store.Fi$0", ScopeKind.Member, "Shop.IStore", null, "Find Put")]
    [InlineData("store.Find(sku)?.$0", ScopeKind.Member, "Shop.Item", null, "Price Sku")]
    [InlineData("Item i = store.$0", ScopeKind.Member, "Shop.IStore", "Shop.Item", "Find")]
    [InlineData("this.$0", ScopeKind.Member, "Shop.Basket", null, "Sum Count")]
    [InlineData("Shop.$0", ScopeKind.Member, "Shop", null, "Item Basket")]
    [InlineData("missing.$0", ScopeKind.Member, null, null, "")]
    [InlineData("Item i = new $0", ScopeKind.Creation, null, "Shop.Item", "Item List")]
    [InlineData("throw new $0", ScopeKind.Creation, null, "System.Exception", "InvalidOperationException")]
    [InlineData("store.Put($0)", ScopeKind.Argument, null, "Shop.Item", "store sku Count")]
    [InlineData("store.Put(null, $0)", ScopeKind.Argument, null, "int", "sku")]
    [InlineData("store.Put(count: $0)", ScopeKind.Argument, null, "int", "sku")]
    [InlineData("store.PutAll(null, $0)", ScopeKind.Argument, null, "Shop.Item", "sku")]
    [InlineData("int n = $0", ScopeKind.Expression, null, "int", "Count sku")]
    [InlineData("var n = $0", ScopeKind.Expression, null, null, "Count sku")]
    [InlineData("Count = $0", ScopeKind.Expression, null, "int", "Count")]
    [InlineData("if ($0)", ScopeKind.Expression, null, "bool", "sku")]
    [InlineData("if (sku == $0)", ScopeKind.Expression, null, "string", "sku")]
    [InlineData("if (!$0)", ScopeKind.Expression, null, "bool", "sku")]
    [InlineData("return $0", ScopeKind.Expression, null, "decimal", "Count")]
    [InlineData("List<$0", ScopeKind.Type, null, null, "Item")]
    [InlineData("$0", ScopeKind.Statement, null, null, "store sku Sum")]
    [InlineData("// sto$0", ScopeKind.None, null, null, "")]
    [InlineData("var s = \"sto$0\"", ScopeKind.None, null, null, "")]
    [InlineData("var s = $\"{sku} sto$0\"", ScopeKind.None, null, null, "")]
    [InlineData("double d = 0.$0", ScopeKind.None, null, null, "")]
    public void In_a_method_the_place_its_types_and_names_are_known(string statement, ScopeKind kind, string? receiver, string? expected, string among)
    {
        ScopeAtCursor scope = Find($$"""
            namespace Shop;

            public sealed class Basket(IStore store) : Basis
            {
                public int Count { get; set; }

                public decimal Total(string sku)
                {
                    {{statement}}
                }

                protected override decimal Sum() => 0;
            }
            """);

        Assert.Equal((kind, receiver, expected), (scope.Kind, scope.Receiver?.ToDisplayString(), scope.Expected?.ToDisplayString()));
        Assert.All(among.Split(' ', StringSplitOptions.RemoveEmptyEntries), name => Assert.Contains(name, scope.Names));
        Assert.True(among.Length > 0 || scope.Names.Count == 0);
    }

    [Theory]
    [InlineData("using System.$0", ScopeKind.Using, "Text Linq", "Shop")]
    [InlineData("namespace Shop.$0", ScopeKind.None, "", "Item")]
    [InlineData("namespace Shop;\n\n[$0]\npublic class A;", ScopeKind.Attribute, "Checked Obsolete", "CheckedAttribute Item")]
    [InlineData("namespace Shop;\n\npublic class A : $0\n{\n}", ScopeKind.Type, "IStore Basis", "Find")]
    [InlineData("namespace Shop;\n\npublic class A : Basis\n{\n    protected override $0\n}", ScopeKind.Override, "Sum Open ToString", "Hidden GetType")]
    [InlineData("namespace Shop;\n\npublic class A\n{\n    $0\n}", ScopeKind.Declaration, "Item IStore", "Find")]
    [InlineData("namespace Shop;\n\npublic class A\n{\n    public void M($0\n}", ScopeKind.Type, "Item IStore", "Find")]
    [InlineData("namespace Shop;\n\npublic class A\n{\n    public async Task<Item> M() { return $0 }\n}", ScopeKind.Expression, "M", "Find")]
    public void Outside_of_bodies_too(string marked, ScopeKind kind, string among, string notAmong)
    {
        ScopeAtCursor scope = Find(marked);

        Assert.Equal(kind, scope.Kind);
        Assert.All(among.Split(' ', StringSplitOptions.RemoveEmptyEntries), name => Assert.Contains(name, scope.Names));
        Assert.All(notAmong.Split(' ', StringSplitOptions.RemoveEmptyEntries), name => Assert.DoesNotContain(name, scope.Names));
    }

    [Theory]
    [InlineData("public async Task<Item> M() { return $0 }", "Shop.Item")]
    [InlineData("public Task<Item> M() => $0", "System.Threading.Tasks.Task<Shop.Item>")]
    [InlineData("public Item Best => $0", "Shop.Item")]
    [InlineData("public Item Best { get; } = $0", "Shop.Item")]
    [InlineData("public void M() { return $0 }", null)]
    public void What_is_returned_has_the_member_s_type(string member, string? expected)
    {
        Assert.Equal(expected, Find($"namespace Shop;\n\npublic class A\n{{\n    {member}\n}}\n").Expected?.ToDisplayString());
    }

    private static ScopeAtCursor Find(string marked)
    {
        Cursor cursor = Cursor.At(marked);
        return ScopeAtCursor.Find(Projects.Of(("Shop.cs", Shop)), "New.cs", cursor.Prefix, cursor.Suffix, TestContext.Current.CancellationToken);
    }
}
