using Tritter.Core.Completion;
using Tritter.Core.Syntax;

namespace Tritter.Core.Tests.Completion;

/// <summary>One line or several, by where the cursor stands.</summary>
public sealed class ScopePolicyTests
{
    [Theory]
    // Behind an opening brace or colon, and behind what wants a block.
    [InlineData("csharp", "class C\n{\n    void M() {$0\n}\n", Scope.Block)]
    [InlineData("csharp", "class C\n{\n    int Add(int a, int b)$0\n}\n", Scope.Block)]
    [InlineData("csharp", "class C\n{\n    void M()\n    {\n        foreach (var x in xs)$0\n    }\n}\n", Scope.Block)]
    [InlineData("csharp", "public sealed class Box<T> : IBox$0\n", Scope.Block)]
    [InlineData("python", "def f(x):$0\n\ny = 1\n", Scope.Block)]
    [InlineData("python", "async def f(\n    x,\n) -> int:$0\n", Scope.Block)]
    [InlineData("python", "class A:\n    def f(self):\n        for x in y:$0\n        return 1\n", Scope.Block)]
    [InlineData("rust", "fn f(x: u8) -> u8$0\n", Scope.Block)]
    [InlineData("rust", "impl<T> Display for Box<T>$0\n", Scope.Block)]
    [InlineData("rust", "fn f() {\n    match x {$0\n}\n", Scope.Block)]
    [InlineData("typescript", "export function f(a: number): string$0\n", Scope.Block)]
    [InlineData("typescript", "class A {\n  m(a)$0\n}\n", Scope.Block)]
    [InlineData("typescript", "if (a)$0\n", Scope.Block)]
    [InlineData("typescript", "const f = (a) => {$0\n", Scope.Block)]
    // At the start of a block.
    [InlineData("csharp", "class C\n{\n    void M()\n    {\n        $0\n    }\n}\n", Scope.Statement)]
    [InlineData("csharp", "class C\n{\n    void M()\n    $0\n}\n", Scope.Statement)]
    [InlineData("python", "def f(x):\n    $0\n", Scope.Statement)]
    [InlineData("rust", "fn f() {\n\n    $0\n}\n", Scope.Statement)]
    [InlineData("typescript", "$0\nconst x = 1;\n", Scope.Statement)]
    // In the middle of one, and inside a line.
    [InlineData("csharp", "class C\n{\n    void M()\n    {\n        Foo();\n        $0\n    }\n}\n", Scope.Line)]
    [InlineData("csharp", "class C\n{\n    void M()\n    {\n        Foo()$0\n    }\n}\n", Scope.Line)]
    [InlineData("csharp", "class C\n{\n    int Twice(int x) => $0\n}\n", Scope.Line)]
    [InlineData("csharp", "class C\n{\n    void M()$0\n    {\n    }\n}\n", Scope.Line)]
    [InlineData("python", "def f(x):\n    y = 1\n    $0\n", Scope.Line)]
    [InlineData("python", "x = {'a':$0\n}\n", Scope.Line)]
    [InlineData("python", "f = lambda x:$0\n", Scope.Line)]
    [InlineData("python", "def f(x, y:$0\n", Scope.Line)]
    [InlineData("rust", "fn f() {\n    g();\n    $0\n}\n", Scope.Line)]
    [InlineData("rust", "fn f() {\n    g(1)$0\n}\n", Scope.Line)]
    [InlineData("typescript", "foo(a)$0\n", Scope.Line)]
    [InlineData("typescript", "const s = `${$0\n", Scope.Line)]
    [InlineData("typescript", "const a = $0;\n", Scope.Line)]
    [InlineData("csharp", "Foo($0, b);\n", Scope.Line)]
    [InlineData("csharp", "// a comment {$0\n", Scope.Line)]
    public void An_automatic_completion_has_several_lines_only_where_a_block_begins(string languageId, string source, object expected)
    {
        Assert.SkipWhen(TreeSitter.Missing is not null && languageId != "csharp", TreeSitter.Missing ?? "");
        Cursor cursor = Cursor.At(source);

        Assert.Equal((Scope)expected, ScopePolicy.Choose(languageId, cursor.Prefix, cursor.Suffix, invoked: false));
    }

    [Theory]
    [InlineData("csharp", "class C\n{\n    void M()\n    {\n        Foo();\n        $0\n    }\n}\n", Scope.Statement)]
    [InlineData("python", "def f(x):\n    y = 1\n    $0\n", Scope.Statement)]
    [InlineData("rust", "fn f() {\n    g(1)$0\n}\n", Scope.Line)]
    public void An_invoked_one_may_have_them_on_any_blank_line(string languageId, string source, object expected)
    {
        Cursor cursor = Cursor.At(source);

        Assert.Equal((Scope)expected, ScopePolicy.Choose(languageId, cursor.Prefix, cursor.Suffix, invoked: true));
    }
}
