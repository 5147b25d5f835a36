using System.Text.Json.Nodes;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Damage;

/// <summary>tokenizer.json files that are damaged, hostile or of another kind.</summary>
public sealed class TokenizerFileTests
{
    private static readonly Dictionary<string, (Action<JsonObject> Change, string Expected)> _changes = new()
    {
        ["no model"] = (j => j.Remove("model"), "not a byte-level BPE tokenizer"),
        ["no vocabulary"] = (j => Model(j).Remove("vocab"), "not a byte-level BPE tokenizer"),
        ["no merges"] = (j => Model(j).Remove("merges"), "not a byte-level BPE tokenizer"),
        ["no pre-tokenizer"] = (j => j.Remove("pre_tokenizer"), "not a byte-level BPE tokenizer"),
        ["another type"] = (j => Model(j)["type"] = "Unigram", "model.type: expected 'BPE'"),
        ["a type that is a number"] = (j => Model(j)["type"] = 3, "not a byte-level BPE tokenizer"),
        ["a normalizer"] = (j => j["normalizer"] = new JsonObject { ["type"] = "NFC" }, "normalizer: expected none"),
        ["an empty vocabulary"] = (j => { Model(j)["vocab"] = new JsonObject(); j["added_tokens"] = new JsonArray(); }, "vocab: byte 0 has no token"),
        ["a vocabulary that is an array"] = (j => Model(j)["vocab"] = new JsonArray("a"), "not a byte-level BPE tokenizer"),
        ["a negative id"] = (j => Vocabulary(j)["a"] = -1, "vocab: 'a' with id -1 is out of range"),
        ["a huge id"] = (j => Vocabulary(j)["a"] = 1 << 30, "vocab: 'a' with id 1073741824 is out of range"),
        ["an id that is no whole number"] = (j => Vocabulary(j)["a"] = 1.5, "not a byte-level BPE tokenizer"),
        ["an id that is text"] = (j => Vocabulary(j)["a"] = "1", "not a byte-level BPE tokenizer"),
        ["an id given twice"] = (j => Vocabulary(j)["a"] = 100, "vocab: id 100 is given twice"),
        ["a character outside the byte alphabet"] = (j => Vocabulary(j)["日本"] = 261, "vocab: '日本' is not in the byte-level alphabet"),
        ["a space, which the byte alphabet writes otherwise"] = (j => Vocabulary(j)["a b"] = 261, "vocab: 'a b' is not in the byte-level alphabet"),
        ["a byte without a token"] = (j => Vocabulary(j).Remove("z"), "vocab: |byte 122"),
        ["a special token without text"] = (j => Special(j)["content"] = "", "added_tokens: ''"),
        ["a special token whose text is null"] = (j => Special(j)["content"] = null, "added_tokens: "),
        ["a special token whose text is a number"] = (j => Special(j)["content"] = 5, "not a byte-level BPE tokenizer"),
        ["a special token with a negative id"] = (j => Special(j)["id"] = -5, "added_tokens: '<|a|>' with id -5"),
        ["a special token with a huge id"] = (j => Special(j)["id"] = int.MaxValue, "added_tokens: '<|a|>'"),
        ["a special token that the vocabulary gives another id"] = (j => Special(j)["id"] = 300, "added_tokens: '<|a|>' has id 300|0"),
        ["a special token with the id of a byte"] = (j => Added(j).Add(new JsonObject { ["id"] = 50, ["content"] = "<|c|>" }), "vocab: id 50 is given twice"),
        ["a special token twice"] = (j => Added(j).Add(new JsonObject { ["id"] = 1, ["content"] = "<|b|>" }), "added_tokens: '<|b|>' with id 1|twice"),
        ["a merge of one"] = (j => Merges(j).Add(new JsonArray("a")), "merges: entry 3 is not a pair"),
        ["a merge of three"] = (j => Merges(j).Add("a b c"), "merges: entry 3 is not a pair"),
        ["a merge that is a number"] = (j => Merges(j).Add(3), "not a byte-level BPE tokenizer"),
        ["a merge with null"] = (j => Merges(j).Add(new JsonArray("a", null)), "merges: entry 3 is not a pair"),
        ["a merge of what is no token"] = (j => Merges(j).Add(SmallTokenizer.Pair("qq", "a")), "merges: entry 3|'qq'"),
        ["a merge into what is no token"] = (j => Merges(j).Add(SmallTokenizer.Pair("q", "a")), "merges: entry 3|'q' and 'a'"),
        ["merges that are an object"] = (j => Model(j)["merges"] = new JsonObject(), "not a byte-level BPE tokenizer"),
        ["a split that removes"] = (j => Split(j)["behavior"] = "Removed", "pre_tokenizer: expected an isolating Split"),
        ["a split that is inverted"] = (j => Split(j)["invert"] = true, "pre_tokenizer: expected an isolating Split"),
        ["a pattern that is no regular expression"] = (j => Split(j)["pattern"] = new JsonObject { ["Regex"] = "(" }, "cannot be used"),
        ["a pattern that is null"] = (j => Split(j)["pattern"] = new JsonObject { ["Regex"] = null }, "pre_tokenizer"),
        ["a pattern that is plain text"] = (j => Split(j)["pattern"] = new JsonObject { ["String"] = " " }, "not a byte-level BPE tokenizer"),
        ["a pre-tokenizer of another type"] = (j => Split(j)["type"] = "Whitespace", "pre_tokenizer: expected a Split with a Regex"),
        ["a sequence of no pre-tokenizers"] = (j => j["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray() }, "pre_tokenizer: expected a Split"),
    };

    public static TheoryData<string> Changes => new(_changes.Keys);

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_bad_tokenizer_is_refused(string change)
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        JsonObject json = SmallTokenizer.Json();
        _changes[change].Change(json);
        File.WriteAllText(folder.Tokenizer, json.ToJsonString());
        Refused.Check(folder.Tokenizer, _changes[change].Expected, () => TritterTokenizer.Load(folder.Tokenizer));
    }

    /// <summary>What <see cref="JsonObject"/> cannot express: text before and after a replacement.</summary>
    [Theory]
    [InlineData("\"<|a|>\":0", "\"<|a|>\":0,\"\\ud800\":261", "not a byte-level BPE tokenizer")]
    [InlineData("\"content\":\"<|a|>\"", "\"content\":\"\\ud800\"", "not a byte-level BPE tokenizer")]
    [InlineData("{\"added_tokens\"", "{{\"added_tokens\"", "not valid JSON")]
    [InlineData("\"ab\":258", "\"ab\":258,\"ab\":261", "vocab: 'ab' with id 261|twice")]
    public void Text_that_is_no_sound_json_is_refused(string sound, string damaged, string expected)
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        string text = SmallTokenizer.Json().ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Assert.Contains(sound, text, StringComparison.Ordinal);
        File.WriteAllText(folder.Tokenizer, text.Replace(sound, damaged, StringComparison.Ordinal));
        Refused.Check(folder.Tokenizer, expected, () => TritterTokenizer.Load(folder.Tokenizer));
    }

    [Fact]
    public void Many_special_tokens_beside_a_large_vocabulary_load()
    {
        const int Count = 60_000;
        using TemporaryFolder folder = TemporaryFolder.Empty();
        JsonObject json = SmallTokenizer.Json();
        for (int i = 0; i < Count; i++)
        {
            Vocabulary(json)[$"v{i}"] = 1000 + i;
            Added(json).Add(new JsonObject { ["id"] = 1000 + Count + i, ["content"] = $"<{i}>" });
        }

        File.WriteAllText(folder.Tokenizer, json.ToJsonString());
        TritterTokenizer tokenizer = TritterTokenizer.Load(folder.Tokenizer);
        Assert.Equal(1000 + 2 * Count, tokenizer.VocabularySize);
        Assert.Equal([1000 + Count + 77], tokenizer.EncodeWithSpecialTokens("<77>"));
    }

    [Fact]
    public void A_pattern_that_takes_forever_is_an_error()
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        JsonObject json = SmallTokenizer.Json();
        Split(json)["pattern"] = new JsonObject { ["Regex"] = @"(a|aa)+$" };
        File.WriteAllText(folder.Tokenizer, json.ToJsonString());
        TritterTokenizer tokenizer = TritterTokenizer.Load(folder.Tokenizer);
        Refused.Check(folder.Tokenizer, "pre_tokenizer: ", () => tokenizer.Encode(new string('a', 100) + "!"));
    }

    [Fact]
    public void More_tokens_than_the_model_has_are_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        JsonObject json = SmallTokenizer.Json();
        Vocabulary(json)["zz"] = 512;
        File.WriteAllText(folder.Tokenizer, json.ToJsonString());
        Refused.Check(folder.Tokenizer, "has 513 tokens|vocab_size 512", () => InferenceEngine.Load(folder.Root, 1).Dispose());
    }

    private static JsonObject Model(JsonObject json) => json["model"]!.AsObject();

    private static JsonObject Vocabulary(JsonObject json) => Model(json)["vocab"]!.AsObject();

    private static JsonArray Merges(JsonObject json) => Model(json)["merges"]!.AsArray();

    private static JsonObject Split(JsonObject json) => json["pre_tokenizer"]!.AsObject();

    private static JsonArray Added(JsonObject json) => json["added_tokens"]!.AsArray();

    private static JsonObject Special(JsonObject json) => Added(json)[0]!.AsObject();
}
