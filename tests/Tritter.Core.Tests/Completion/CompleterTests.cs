using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Inference;
using Tritter.Inference.Model;

namespace Tritter.Core.Tests.Completion;

/// <summary>The embedded model, loaded once: what it says is its own affair, but some things hold for every answer.</summary>
public sealed class EmbeddedModel : IDisposable
{
    public InferenceEngine Engine { get; } = InferenceEngine.Load(Checkout.EmbeddedModel);

    public void Dispose() => Engine.Dispose();
}

public sealed class CompleterTests(EmbeddedModel model) : IClassFixture<EmbeddedModel>
{
    private const string Rectangle = "public readonly struct Rectangle\n{\n    public double Width { get; }\n\n    public double Height { get; }\n\n    public double Area => $0\n\n    public double Perimeter => 2 * (Width + Height);\n}\n";

    public static TheoryData<string, string, string> Sources => new()
    {
        { "Rectangle.cs", "csharp", Rectangle },
        { "Rectangle.cs", "csharp", Rectangle.Replace("\n", "\r\n") },
        { "Rectangle.cs", "csharp", Rectangle.Replace("Area => $0", "Ar$0") },
        { "stats.py", "python", "def mean(values):\n    total = 0\n    for value in values:\n        $0\n    return total / len(values)\n" },
        { "stats.py", "python", "def mean(values):\n    return sum(val$0" },
        { "stack.rs", "rust", "impl<T> Stack<T> {\n    pub fn len(&self) -> usize {\n        self.$0\n    }\n}\n" },
        { "empty.cs", "csharp", "$0" },
        { "start.cs", "csharp", "$0using System;\n" },
        { "end.py", "python", "import os\nimport sys\n$0" },
        { "emoji.py", "python", "greeting = '😀 你好'\nprint($0)\n" },
        { "cjk.cs", "csharp", string.Concat(Enumerable.Repeat("// 日本語のコメント 😀😃😄\n", 2000)) + "var x = $0\n" },
        { "broken.cs", "csharp", "var s = \"\uD83D\";\nvar t = $0\n" },
        { "long.cs", "csharp", string.Concat(Enumerable.Range(0, 5000).Select(i => $"    total += values[{i}];\n")) + "    return $0\n" },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void An_answer_is_clean_text_or_has_a_reason(string path, string languageId, string source)
    {
        Cursor cursor = Cursor.At(source);
        using var completer = new Completer(model.Engine);

        CompletionResult result = Complete(completer, path, languageId, cursor);

        Assert.Equal(result.Text.Length == 0, result.EmptyReason is not null);
        Assert.Equal(result.Text.TrimEnd(), result.Text);
        Assert.DoesNotContain("<|", result.Text);
        Assert.DoesNotContain('\uFFFD', result.Text);
        Assert.False(result.Text.Length > 0 && char.IsHighSurrogate(result.Text[^1]));
        string breaks = cursor.Text.Contains("\r\n") ? "\r\n" : "\n";
        Assert.Equal(result.Text, result.Text.ReplaceLineEndings(breaks));
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void The_same_question_has_the_same_answer_whatever_was_asked_before(string path, string languageId, string source)
    {
        using var completer = new Completer(model.Engine);
        CompletionResult first = Complete(completer, path, languageId, Cursor.At(source));
        Complete(completer, "other.py", "python", Cursor.At("def other(a, b):\n    return a $0"));

        Assert.Equal(first.Text, Complete(completer, path, languageId, Cursor.At(source)).Text);
        Assert.Equal(first.Text, Complete(completer, path, languageId, Cursor.At(source)).Text);
    }

    [Fact]
    public void Completes_the_area_of_a_rectangle_with_its_width()
    {
        using var completer = new Completer(model.Engine);

        Assert.Contains("Width", Complete(completer, "Rectangle.cs", "csharp", Cursor.At(Rectangle)).Text);
    }

    [Theory]
    [InlineData("        double half = Wid$0", "Wid", "th")]
    [InlineData("        Console.WriteLi$0", "WriteLi", "ne")]
    public void A_cursor_inside_a_word_completes_the_word(string line, string typed, string rest)
    {
        Assert.EndsWith(typed + "$0", line);
        string source = "using System;\n\npublic class Box\n{\n    public double Width { get; }\n\n    public void Print()\n    {\n        Console.WriteLine(Width);\n" + line + "\n    }\n}\n";
        using var completer = new Completer(model.Engine);

        Assert.StartsWith(rest, Complete(completer, "Box.cs", "csharp", Cursor.At(source)).Text);
    }

    [Fact]
    public void A_typed_character_keeps_the_prompt_in_the_cache()
    {
        using var completer = new Completer(model.Engine);
        Complete(completer, "Rectangle.cs", "csharp", Cursor.At(Rectangle));

        CompletionCost cost = Complete(completer, "Rectangle.cs", "csharp", Cursor.At(Rectangle.Replace("$0", "2 * $0"))).Cost;

        Assert.InRange(cost.CachedTokens, cost.PromptTokens - 4, cost.PromptTokens - 1);
    }

    [Fact]
    public void A_cancelled_request_throws_and_the_next_one_is_answered()
    {
        using var completer = new Completer(model.Engine);
        string expected = Complete(completer, "Rectangle.cs", "csharp", Cursor.At(Rectangle)).Text;
        using var source = new CancellationTokenSource();
        using var fresh = new Completer(model.Engine);
        Cursor cursor = Cursor.At(Rectangle);
        var request = new CompletionRequest(new Document("Rectangle.cs", "csharp", 1, cursor.Text), cursor.Prefix.Length);

        Assert.ThrowsAny<OperationCanceledException>(() => fresh.Complete(request, _ => source.Cancel(), source.Token));
        Assert.Equal(expected, fresh.Complete(request, null, CancellationToken.None).Text);
    }

    [Fact]
    public void A_document_with_CRLF_gets_the_same_lines_with_CRLF()
    {
        (string Path, string Language, string Source)[] cases =
        [
            ("box.py", "python", "class Box:\n    def __init__(self, width, height):$0\n\n    def area(self):\n        return self.width * self.height\n"),
            ("Box.cs", "csharp", "class Box\n{\n    private readonly int _width;\n    private readonly int _height;\n\n    public Box(int width, int height)\n    {$0\n\n    }\n}\n"),
        ];
        using var completer = new Completer(model.Engine);
        bool severalLines = false;
        foreach ((string path, string language, string source) in cases)
        {
            string text = Complete(completer, path, language, Cursor.At(source)).Text;
            severalLines |= text.Contains('\n');
            Assert.Equal(text.Replace("\n", "\r\n"), Complete(completer, path, language, Cursor.At(source.Replace("\n", "\r\n"))).Text);
        }

        Assert.True(severalLines);
    }

    [Fact]
    public void A_path_of_any_length_still_begins_with_the_file_token()
    {
        string path = string.Join('/', Enumerable.Repeat("folder", 500)) + "/Box.cs";

        FimPrompt prompt = FimPrompt.Build(model.Engine, FimLayout.SuffixFirst, path, [], path, "var x = ", ";\n");

        Assert.Equal(model.Engine.Config.PromptTokens.RepositoryName, prompt.Tokens[0]);
        Assert.Contains(model.Engine.Config.PromptTokens.FileSeparator, prompt.Tokens);
        Assert.InRange(prompt.Tokens.Count, 1, 2 * 60 + 20);
    }

    [Fact]
    public void A_run_of_letters_that_is_no_word_is_not_spelled_again()
    {
        FimPrompt prompt = FimPrompt.Build(model.Engine, FimLayout.SuffixFirst, null, [], "a.txt", new string('a', 5000), "");

        Assert.Empty(prompt.Typed);
    }

    [Fact]
    public void A_model_that_cannot_fill_in_the_middle_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("tritter-test-").FullName;
        foreach (string name in new[] { "model.safetensors", "tokenizer.json", "generation_config.json" })
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), Path.Combine(Checkout.EmbeddedModel, name));
        }

        string config = File.ReadAllText(Path.Combine(Checkout.EmbeddedModel, "config.json"));
        File.WriteAllText(Path.Combine(folder, "config.json"), config.Replace("\"fim_middle_token_id\": 3", "\"fim_middle_token_id\": -1"));
        using InferenceEngine engine = InferenceEngine.Load(folder);

        Assert.Contains("fim_middle_token_id", Assert.Throws<ModelFormatException>(() => new Completer(engine)).Message);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Both_layouts_answer()
    {
        using var completer = new Completer(model.Engine, FimLayout.PrefixFirst);

        Assert.NotEmpty(Complete(completer, "Rectangle.cs", "csharp", Cursor.At(Rectangle)).Text);
    }

    private static CompletionResult Complete(Completer completer, string path, string languageId, Cursor cursor) =>
        completer.Complete(new CompletionRequest(new Document(path, languageId, 1, cursor.Text), cursor.Prefix.Length, MaxTokens: 24), null, TestContext.Current.CancellationToken);
}
