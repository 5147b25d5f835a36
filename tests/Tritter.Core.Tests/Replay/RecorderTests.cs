using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Core.Replay;
using Tritter.Core.Tests.Completion;
using Tritter.Inference;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Core.Tests.Replay;

/// <summary>Completions of the embedded model, done again in other circumstances.</summary>
public sealed class RecorderTests(EmbeddedModel model) : IClassFixture<EmbeddedModel>
{
    private const string Source = "class Box\n{\n    int width;\n    int height;\n    int Area() => wi$0\n}\n";

    private static readonly ModelIdentity _identity = ModelIdentity.Of(Checkout.EmbeddedModel);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_completion_comes_out_again_in_another_order_and_with_other_threads(int threads)
    {
        using var completer = new Completer(model.Engine);
        var recorder = new Recorder(completer, _identity, "here");
        CompletionRecord[] records = [.. CompleterTests.Sources.Select(s => s.Data).Where(s => s.Item1 != "cjk.cs").Select(s => Complete(recorder, Request(s.Item1, s.Item2, s.Item3)))];

        using InferenceEngine engine = InferenceEngine.Load(Checkout.EmbeddedModel, threads);
        using var again = new Completer(engine);
        // What is in the cache, and so how each prompt is cut into chunks, is not what it was.
        foreach (CompletionRecord record in records.Reverse())
        {
            Assert.Null(RecordDifference.Find(record, Complete(new Recorder(again, _identity, "there"), record.Request.ToRequest()))?.ToString());
        }

        Assert.Contains(records, r => r.Steps.Count > 3);
    }

    [Fact]
    public void A_completion_that_starts_in_the_middle_of_a_cached_chunk_is_the_same()
    {
        // Without a budget nothing is kept but what was read last.
        using InferenceEngine engine = InferenceEngine.Load(Checkout.EmbeddedModel, kvBudget: 0);
        using var completer = new Completer(engine);
        var recorder = new Recorder(completer, _identity, "");
        string lines = string.Concat(Enumerable.Range(0, 60).Select(i => $"    int field{i};\n"));
        CompletionRequest request = Request("Box.cs", "csharp", "class Box\n{\n" + lines + Source[(Source.IndexOf('{') + 2)..]);
        CompletionRecord record = Complete(recorder, request);
        foreach (int cut in new[] { 700, 350, 77 })
        {
            string text = request.Document.Text;
            Complete(recorder, request with { Document = request.Document with { Text = text[..cut] + text[request.Offset..] }, Offset = cut });

            (CompletionResult result, CompletionRecord again) = recorder.Complete(request, TestContext.Current.CancellationToken);
            Assert.InRange(result.Cost.CachedTokens, 10, result.Cost.PromptTokens - 10);
            Assert.Null(RecordDifference.Find(record, again)?.ToString());
        }
    }

    [Fact]
    public void A_record_holds_what_went_in_and_what_came_out()
    {
        using var completer = new Completer(model.Engine);
        (CompletionResult result, CompletionRecord record) = new Recorder(completer, _identity, "1.2").Complete(Request("Box.cs", "csharp", Source), TestContext.Current.CancellationToken);

        Assert.Equal((result.Text, result.EmptyReason), (record.Text, record.Reason));
        Assert.Equal((result.Cost.PromptTokens, result.Cost.GeneratedTokens), (record.Prompt.Count, record.Steps.Count(s => s.Token is not null)));
        Assert.Equal(("1.2", InferenceEngine.Numerics, _identity), (record.Version, record.Numerics, record.Model));
        Assert.Equal(" wi"u8.ToArray(), record.Options?.Typed);
        Assert.All(record.Steps, step => Assert.Matches("^[0-9a-f]{16}$", step.Logits));
        Assert.Equal(record.Steps.Count, record.Steps.Select(s => s.Logits).Distinct().Count());
    }

    [Fact]
    public void Another_text_is_another_prompt()
    {
        using var completer = new Completer(model.Engine);
        var recorder = new Recorder(completer, _identity, "");
        CompletionRecord record = Complete(recorder, Request("Box.cs", "csharp", Source));

        CompletionRecord changed = Complete(recorder, Request("Box.cs", "csharp", Source.Replace("width", "depth")));

        Assert.StartsWith($"prompt of {changed.Prompt.Count} instead of {record.Prompt.Count} tokens, token ", RecordDifference.Find(record, changed)?.ToString());
    }

    [Fact]
    public void Keys_and_values_of_another_precision_are_named()
    {
        using InferenceEngine engine = InferenceEngine.Load(Checkout.EmbeddedModel, precision: KvPrecision.Float32);
        using var completer = new Completer(model.Engine);
        using var exact = new Completer(engine);
        CompletionRequest request = Request("Box.cs", "csharp", Source);

        RecordDifference? difference = RecordDifference.Find(Complete(new Recorder(completer, _identity, ""), request), Complete(new Recorder(exact, _identity, ""), request));

        Assert.Equal("keys and values as Float32 instead of Int8", difference?.ToString());
    }

    [Fact]
    public void There_is_no_record_of_a_cancelled_completion()
    {
        using var completer = new Completer(model.Engine);

        Assert.ThrowsAny<OperationCanceledException>(() => new Recorder(completer, _identity, "").Complete(Request("Box.cs", "csharp", Source), new CancellationToken(canceled: true)));
    }

    private static CompletionRecord Complete(Recorder recorder, CompletionRequest request) =>
        recorder.Complete(request, TestContext.Current.CancellationToken).Record;

    private static CompletionRequest Request(string path, string languageId, string source)
    {
        Cursor cursor = Cursor.At(source);
        return new CompletionRequest(new Document(path, languageId, 1, cursor.Text), cursor.Prefix.Length, MaxTokens: 12);
    }
}
