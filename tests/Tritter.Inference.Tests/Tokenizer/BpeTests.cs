using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tritter.Inference.Tests.Damage;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Tokenizer;

/// <summary>Vocabularies whose ids are not in merge order go another way through the library, and must split text the same.</summary>
public sealed class BpeTests
{
    private static readonly string _embedded = Path.Combine(Checkout.EmbeddedModel, "tokenizer.json");
    private static readonly TritterTokenizer _tiktoken = TritterTokenizer.Load(_embedded);

    [Fact]
    public void Exchanged_ids_give_the_same_token_texts()
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        JsonObject json = JsonNode.Parse(File.ReadAllText(_embedded))!.AsObject();
        JsonObject vocabulary = json["model"]!["vocab"]!.AsObject();
        (string early, string late) = (vocabulary.Single(e => (int)e.Value! == 300).Key, vocabulary.Single(e => (int)e.Value! == 9000).Key);
        (vocabulary[early], vocabulary[late]) = (9000, 300);
        File.WriteAllText(folder.Tokenizer, json.ToJsonString());
        TritterTokenizer exchanged = TritterTokenizer.Load(folder.Tokenizer);
        foreach (JsonElement c in Repository.Json(Repository.Fixture("tokenizer", "cases.json")).EnumerateArray())
        {
            string text = c.GetProperty("text").GetString()!;
            int[] expected = c.GetProperty("ids").Ints().Select(id => id == 300 ? 9000 : id == 9000 ? 300 : id).ToArray();
            Assert.Equal(expected, exchanged.EncodeWithSpecialTokens(text));
            Assert.Equal(text, exchanged.Decode(exchanged.Encode(text)));
        }
    }

    [Fact]
    public void Older_files_write_merges_as_one_string()
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        JsonObject json = SmallTokenizer.Json();
        json["model"]!["merges"] = new JsonArray("a b", "ab c", "Ġ ab");
        File.WriteAllText(folder.Tokenizer, json.ToJsonString());
        TritterTokenizer tokenizer = TritterTokenizer.Load(folder.Tokenizer);
        Assert.Equal([259, 260], tokenizer.Encode("abc ab"));
    }

    /// <summary>Half a surrogate pair has no UTF-8; editors can send one while a character is being typed.</summary>
    [Theory]
    [InlineData("\ud83d")]
    [InlineData("\ude00")]
    [InlineData("a\ud83d b")]
    [InlineData("\ude00\ud83d")]
    [InlineData("x = '\ud83d'\n")]
    public void Half_a_surrogate_pair_becomes_a_replacement_character(string text)
    {
        string replaced = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        Assert.Contains('\uFFFD', replaced);
        Assert.Equal(replaced, _tiktoken.Decode(_tiktoken.Encode(text)));
        Assert.Equal(_tiktoken.Encode(replaced), _tiktoken.Encode(text));
        Assert.Equal(replaced, _tiktoken.Decode(_tiktoken.EncodeWithSpecialTokens(text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("\r\n\r\n")]
    [InlineData("\u2028\u0085\u00a0\ufeff")]
    [InlineData("ﷺ𝔘𓀀")]
    public void Unusual_text_round_trips(string text) => Assert.Equal(text, _tiktoken.Decode(_tiktoken.Encode(text)));

    /// <summary>A minified file is one long line; the library merges such a piece in quadratic time.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("=")]
    [InlineData("AbC")]
    [InlineData("日本")]
    [InlineData(" \t")]
    public void Fifty_thousand_characters_without_a_break_round_trip(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, 50_000 / unit.Length)) + "x";
        Assert.Equal(text, _tiktoken.Decode(_tiktoken.Encode(text)));
    }
}
