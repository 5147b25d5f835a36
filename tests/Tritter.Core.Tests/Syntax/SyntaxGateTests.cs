using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Core.Syntax;

namespace Tritter.Core.Tests.Syntax;

public sealed class SyntaxGateTests
{
    [Theory]
    // Clean as they are.
    [InlineData("python", "def f(a):\n    return $0\n", "a + 1")]
    [InlineData("python", "def f(a):\n    $0\n", "if a:\n        return 1\n    return 2")]
    [InlineData("rust", "fn f(a: u8) {\n    $0\n}\n", "match a {\n        0 => g(),\n        _ => {}\n    }")]
    [InlineData("typescript", "const f = (a: number) => $0;\n", "a * 2")]
    [InlineData("typescriptreact", "const v = <b>$0</b>;\n", "{name}")]
    [InlineData("javascript", "foo($0)\n", "a, b => b + 1")]
    // What was opened is still to be written.
    [InlineData("python", "def f(a):\n    $0\n", "if a:")]
    [InlineData("python", "def f(a):\n    $0\n", "try:")]
    [InlineData("rust", "fn f(a: u8) {\n    $0\n}\n", "if a > 1 {")]
    [InlineData("javascript", "function f() {\n  $0\n}\n", "try {")]
    // The text around is broken already.
    [InlineData("python", "def f(:\n    pass\n\ndef g(a):\n    return $0\n", "a + 1")]
    [InlineData("rust", "fn f() { let = ; }\n\nfn g(a: u8) -> u8 { $0 }\n", "a + 1")]
    [InlineData("typescript", "class A {\n  m() {\n    if (x) {\n      return $0\n  }\n\nfunction later() {}\n", "x.y")]
    [InlineData("python", "x = )\ny = $0\nz = (\n", "1")]
    // The cursor is in a comment or a string.
    [InlineData("python", "# $0\nx = 1\n", "adds (one")]
    [InlineData("rust", "let s = \"$0\";\n", "a } b")]
    public void Keeps_what_brings_no_fault(string languageId, string source, string suggestion)
    {
        GateVerdict verdict = Judge(languageId, source, suggestion);

        Assert.Equal(suggestion, verdict.Text);
        Assert.True(verdict.Outcome is GateOutcome.Kept or GateOutcome.Abstained, $"{verdict.Outcome} {verdict.Reason}");
    }

    [Theory]
    [InlineData("python", "def f(a):\n    return $0\n", "g(a", "g(a)")]
    [InlineData("python", "x = $0\ny = 1\n", "[1, 2", "[1, 2]")]
    [InlineData("rust", "fn f() {\n    $0\n}\n", "let x = vec![g(1", "let x = vec![g(1)];")]
    [InlineData("typescript", "const x = $0\nconst y = 1;\n", "f('a", "f('a')")]
    public void Closes_what_was_only_forgotten(string languageId, string source, string suggestion, string expected)
    {
        GateVerdict verdict = Judge(languageId, source, suggestion);

        Assert.Equal((GateOutcome.Repaired, expected), (verdict.Outcome, verdict.Text));
    }

    [Theory]
    [InlineData("python", "def f(a):\n    $0\n", "a = 1\n    b = 2\n    return c d", "a = 1\n    b = 2")]
    [InlineData("python", "def f(a):\n    return $0\n", "a b", "a")]
    [InlineData("rust", "fn f() {\n    $0\n}\n", "let a = 1;\n    let = = 2;", "let a = 1;")]
    [InlineData("javascript", "const x = $0;\n", "a.b c", "a.b")]
    public void Trims_where_it_is_still_clean(string languageId, string source, string suggestion, string expected)
    {
        GateVerdict verdict = Judge(languageId, source, suggestion);

        Assert.Equal((GateOutcome.Trimmed, expected), (verdict.Outcome, verdict.Text));
        Assert.NotNull(verdict.Reason);
    }

    [Theory]
    [InlineData("python", "def f(a):\n    $0\n", ") = 1", "does not fit here")]
    [InlineData("rust", "fn f() {\n    $0\n}\n", "=> => 1", "does not fit here")]
    [InlineData("typescript", "class A {\n  $0\n}\n", "}} else {", "does not fit here")]
    public void Drops_what_fits_nowhere_with_a_reason(string languageId, string source, string suggestion, string reason)
    {
        GateVerdict verdict = Judge(languageId, source, suggestion);

        Assert.Equal((GateOutcome.Dropped, ""), (verdict.Outcome, verdict.Text));
        Assert.Contains(reason, verdict.Reason);
    }

    [Fact]
    public void There_is_no_verdict_on_other_languages() => Assert.Null(SyntaxGate.Judge("go", "x", 1, "y", TestContext.Current.CancellationToken));

    /// <summary>
    /// Lines that stand in real files are put back where they were cut out: alone, as the first of several that were cut, and with a line missing
    /// elsewhere in the file. The gate may find fault with hardly any.
    /// </summary>
    [Theory]
    [InlineData("samples/python/lru_cache.py", "return len(")]
    [InlineData("samples/python/word_count.py", "args = parser.")]
    [InlineData("samples/rust/config.rs", "values.insert(key")]
    [InlineData("samples/rust/stack.rs", "self.")]
    [InlineData("scripts/start.mjs", null)]
    [InlineData("scripts/test.mjs", null)]
    [InlineData("bench/peers.mjs", null)]
    public void Real_code_passes(string file, string? unfinished)
    {
        Required();
        string text = string.Join('\n', File.ReadLines(Path.Combine(Checkout.Root, file)).Where(line => line.Trim() != unfinished));
        string languageId = Languages.OfPath(file);
        (int judged, List<string> refused) = (0, []);
        foreach ((string before, string cut, string after) in RealCuts.Of(text, seed: 3, count: 60))
        {
            GateVerdict verdict = SyntaxGate.Judge(languageId, before + after, before.Length, cut, TestContext.Current.CancellationToken)!;
            judged++;
            if (verdict.Text != cut)
            {
                refused.Add($"{verdict.Outcome} {verdict.Reason}: {cut}");
            }
        }

        Assert.True(refused.Count * 20 <= judged, string.Join('\n', refused));
    }

    private static GateVerdict Judge(string languageId, string source, string suggestion)
    {
        Required();
        Cursor cursor = Cursor.At(source);
        return SyntaxGate.Judge(languageId, cursor.Text, cursor.Prefix.Length, suggestion, TestContext.Current.CancellationToken)!;
    }

    private static void Required() => Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
}
