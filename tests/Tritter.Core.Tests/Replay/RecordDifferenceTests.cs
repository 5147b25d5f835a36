using Tritter.Core.Replay;
using Tritter.Inference.Model;

namespace Tritter.Core.Tests.Replay;

/// <summary>One change of a record at a time, and how it is named.</summary>
public sealed class RecordDifferenceTests
{
    private static readonly RecordedOptions _options = new(24, [0, 4], [1, 2], [0x20], "Int8", Temperature: 0, TopK: 0, TopP: 1, MinP: 0, Seed: 0);

    private static readonly CompletionRecord _record = new(
        CompletionRecord.Format,
        "1.0",
        1,
        new ModelIdentity("tiny", "w", "t", "c", null),
        new RecordedRequest("a.cs", "csharp", null, 24, 0, "text"),
        [6, 80, 214],
        _options,
        [new("aa", 10), new("bb", 11), new("cc", null)],
        "return x;",
        null);

    public static TheoryData<string, CompletionRecord> Changes => new()
    {
        { "prompt of 3 instead of 3 tokens, token 2 is 81 instead of 80", _record with { Prompt = [6, 81, 214] } },
        { "prompt of 2 instead of 3 tokens, token 3 is missing instead of 214", _record with { Prompt = [6, 80] } },
        { "prompt of 4 instead of 3 tokens, token 4 is 9 instead of missing", _record with { Prompt = [6, 80, 214, 9] } },
        { "the prompt does not fit any more", _record with { Options = null, Steps = [] } },
        { "at most 8 instead of 24 tokens", _record with { Options = _options with { MaxTokens = 8 } } },
        { "stop tokens [0] instead of [0, 4]", _record with { Options = _options with { StopTokens = [0] } } },
        { "2 instead of 2 suppressed tokens, or other ones", _record with { Options = _options with { SuppressedTokens = [1, 3] } } },
        { "typed bytes 2020 instead of 20", _record with { Options = _options with { Typed = [0x20, 0x20] } } },
        { "keys and values as Float32 instead of Int8", _record with { Options = _options with { KvPrecision = "Float32" } } },
        { "sampling (0.5, 0, 1, 0, 7) instead of (0, 0, 1, 0, 0)", _record with { Options = _options with { Temperature = 0.5f, Seed = 7 } } },
        { "step 2: token 99 instead of 11, logits differ", _record with { Steps = [new("aa", 10), new("xx", 99), new("cc", null)] } },
        { "step 2: token 99 instead of 11, logits are the same", _record with { Steps = [new("aa", 10), new("bb", 99), new("yy", null)] } },
        { "step 1: logits differ, token 10 as before", _record with { Steps = [new("xx", 10), new("bb", 11), new("cc", null)] } },
        { "step 3: logits differ, the end of the text as before", _record with { Steps = [new("aa", 10), new("bb", 11), new("xx", null)] } },
        { "step 3: token 12 instead of the end of the text, logits are the same", _record with { Steps = [new("aa", 10), new("bb", 11), new("cc", 12)] } },
        { "step 3: the completion is over instead of the end of the text", _record with { Steps = [new("aa", 10), new("bb", 11)] } },
        { "step 4: token 13, where the recorded completion was over", _record with { Steps = [.. _record.Steps, new("dd", 13)] } },
        { "the same tokens, but the text of 10 instead of 9 characters differs from character 8 on", _record with { Text = "return yx;" } },
        { "the same tokens, but the reason is 'none' instead of ''", _record with { Reason = "none" } },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void The_first_difference_is_named(string expected, CompletionRecord now) =>
        Assert.Equal(expected, RecordDifference.Find(_record, now)?.ToString());

    [Fact]
    public void A_copy_is_the_same_whoever_made_it_and_from_wherever_it_is()
    {
        CompletionRecord copy = _record with
        {
            Version = "2.0",
            Numerics = 2,
            Prompt = [.. _record.Prompt],
            Options = _options with { Typed = [.. _options.Typed], StopTokens = [.. _options.StopTokens] },
            Steps = [.. _record.Steps.Select(s => s with { })],
        };

        Assert.Null(RecordDifference.Find(_record, copy));
    }
}
