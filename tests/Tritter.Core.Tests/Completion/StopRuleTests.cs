using Tritter.Core.Completion;

namespace Tritter.Core.Tests.Completion;

/// <summary>Each case: source with the cursor, what the model would go on to write, and what should be kept of it.</summary>
public sealed class StopRuleTests
{
    private const string EmptyMethod = "class C\n{\n    void M()\n    {\n        $0\n    }\n}\n";

    public static TheoryData<string, string, string, string, string> Cases => new()
    {
        { "the rest of a line", "csharp", "int x = $0\nint y = 2;\n", "1;\nint z = 3;\n", "1;" },
        { "a line with text behind the cursor", "csharp", "Foo($0, b);\n", "a\n  c", "a" },
        { "an argument list with its bracket closed by the editor", "csharp", "Foo($0);\n", "a, b);\nBar();\n", "a, b" },
        { "an argument list that is not closed", "csharp", "Foo($0\n", "a, b);\nBar();\n", "a, b);" },
        { "a list that the completion opened", "csharp", "var xs = $0\n", "new[]\n{\n    1,\n    2,\n};\nvar y = 1;\n", "new[]" },
        { "a list opened on the line", "python", "names = $0\n", "[\n    'a',\n    'b',\n]\nother = 1\n", "[\n    'a',\n    'b',\n]" },
        { "one statement on a blank line", "csharp", EmptyMethod, "Foo();\n        Bar();\n    }", "Foo();" },
        { "a statement with its Allman block", "csharp", EmptyMethod, "if (x)\n        {\n            Foo();\n        }\n        Bar();\n", "if (x)\n        {\n            Foo();\n        }" },
        { "a statement with its K&R block", "csharp", EmptyMethod, "if (x) {\n            Foo();\n        }\n        Bar();\n", "if (x) {\n            Foo();\n        }" },
        { "an if with its else", "csharp", EmptyMethod, "if (x)\n        {\n            A();\n        }\n        else\n        {\n            B();\n        }\n\n        C();\n", "if (x)\n        {\n            A();\n        }\n        else\n        {\n            B();\n        }" },
        { "try with catch", "csharp", EmptyMethod, "try\n        {\n            A();\n        }\n        catch (E e)\n        {\n        }\n        C();\n", "try\n        {\n            A();\n        }\n        catch (E e)\n        {\n        }" },
        { "a method chain", "csharp", EmptyMethod, "var r = xs\n            .Where(x => x)\n            .ToList();\n        Foo();\n", "var r = xs\n            .Where(x => x)\n            .ToList();" },
        { "the end of the enclosing block", "csharp", EmptyMethod, "return;\n    }\n\n    void N()\n", "return;" },
        { "a closing brace that the file has", "csharp", EmptyMethod, "}\n", "" },
        { "a body whose brace the file lacks", "csharp", "void M() {$0\n", "\n    Foo();\n}\n\nvoid N()\n", "\n    Foo();\n}" },
        { "a body whose brace the file has", "csharp", "void M() {$0\n}\n", "\n    Foo();\n}\n\nvoid N()\n", "\n    Foo();" },
        { "a Python body", "python", "def f(x):$0\n\ndef g():\n    pass\n", "\n    y = x + 1\n    return y\n\ndef h():\n", "\n    y = x + 1\n    return y" },
        { "a Python loop on a blank line", "python", "def f(xs):\n    $0\n", "for x in xs:\n        print(x)\n    return xs\n", "for x in xs:\n        print(x)" },
        { "a Rust match", "rust", "fn f() {\n    $0\n}\n", "match x {\n        Some(y) => y,\n        None => 0,\n    }\n    g();\n", "match x {\n        Some(y) => y,\n        None => 0,\n    }" },
        { "a bracket in a string", "csharp", EmptyMethod, "Foo(\"}\");\n        Bar();\n", "Foo(\"}\");" },
        { "a Rust lifetime is no string", "rust", "fn f<'a>(x: &'a str) -> $0\n", "&'a str {\n    x\n}\nfn g() {}\n", "&'a str {\n    x\n}" },
        { "a comment", "csharp", "// TODO: $0\nint x;\n", "remove (this\nint y;\n", "remove (this" },
        { "a Python docstring that spans lines", "python", "def f():\n    $0\n", "\"\"\"Adds.\n\n    More (text.\n    \"\"\"\n    return 1\n", "\"\"\"Adds.\n\n    More (text.\n    \"\"\"" },
        { "a TypeScript arrow body", "typescript", "const f = (x) => {$0\n", "\n  return x;\n};\nconst g = 1;\n", "\n  return x;\n};" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Keeps_what_was_started(string feature, string languageId, string source, string generated, string expected)
    {
        Assert.NotEmpty(feature);
        Cursor cursor = Cursor.At(source);
        var rule = new StopRule(cursor.Prefix, cursor.Suffix, languageId);

        int end = rule.FindEnd(generated);

        Assert.Equal(expected, end < 0 ? generated : generated[..end].TrimEnd());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_end_is_the_same_however_much_was_written_past_it(string feature, string languageId, string source, string generated, string expected)
    {
        Assert.NotEmpty(feature + expected);
        Cursor cursor = Cursor.At(source);
        var rule = new StopRule(cursor.Prefix, cursor.Suffix, languageId);
        int first = Enumerable.Range(1, generated.Length).Select(n => rule.FindEnd(generated.AsSpan(0, n))).FirstOrDefault(e => e >= 0, -1);

        Assert.Equal(rule.FindEnd(generated), first);
    }
}
