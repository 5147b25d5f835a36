using Tritter.Core.Completion;

namespace Tritter.Core.Tests.Completion;

public sealed class CodeScannerTests
{
    [Theory]
    [InlineData("csharp", "f(\")\", ')', '\\'', '(') // )))\n{", 1)]
    [InlineData("csharp", "/* ( [ { */ (", 1)]
    [InlineData("csharp", "var s = $\"{x(\"; (", 1)]
    [InlineData("csharp", "var s = \"\"\"\n  { ( \"quoted\"\n  \"\"\"; (", 1)]
    [InlineData("csharp", "string path = \"C:\\\\(\"; [", 1)]
    [InlineData("python", "x = '(' # (\ny = \"\"\"(\n(\"\"\"\nf(", 1)]
    [InlineData("python", "it = \"don't (\"\n[", 1)]
    [InlineData("rust", "fn f<'a>(x: &'a str, c: char) { let c = '{'; let d = '\\''; (", 2)]
    [InlineData("typescript", "const s = `(${x}\n(`; const t = '('; {", 1)]
    public void Counts_brackets_in_code_only(string languageId, string text, int depth)
    {
        CodeScanner scanner = CodeScanner.For(languageId);

        scanner.Read(text);

        Assert.Equal(depth, scanner.Depth);
        Assert.True(scanner.InCode);
    }

    [Fact]
    public void Every_sample_balances()
    {
        string[] samples = Directory.GetFiles(Path.Combine(Checkout.Root, "samples"), "*", SearchOption.AllDirectories);
        string[] sources = Directory.GetFiles(Path.Combine(Checkout.Root, "Tritter.Inference", "Kernels"), "*.cs");
        foreach (string file in sources.Concat(samples.Where(f => f.EndsWith(".py", StringComparison.Ordinal))))
        {
            CodeScanner scanner = CodeScanner.For(file.EndsWith(".py", StringComparison.Ordinal) ? "python" : "csharp");
            scanner.Read(File.ReadAllText(file));
            Assert.True(scanner.InCode, file);
            Assert.InRange(scanner.Depth, 0, file.Contains("samples", StringComparison.Ordinal) ? 3 : 0);
        }
    }
}
