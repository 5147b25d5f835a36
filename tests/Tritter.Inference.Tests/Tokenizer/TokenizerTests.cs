using System.Text;
using System.Text.Json;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Tokenizer;

/// <summary>Ids of 300 strings as Hugging Face's tokenizers library gives them.</summary>
public sealed class TokenizerTests
{
    private static readonly TritterTokenizer _tokenizer = TritterTokenizer.Load(Path.Combine(Checkout.EmbeddedModel, "tokenizer.json"));
    private static readonly JsonElement _cases = Repository.Json(Repository.Fixture("tokenizer", "cases.json"));

    [Fact]
    public void Every_fixture_string_gives_the_fixtures_ids()
    {
        Assert.Equal(300, _cases.GetArrayLength());
        Assert.All(_cases.EnumerateArray(), c => Assert.Equal(c.GetProperty("ids").Ints(), _tokenizer.EncodeWithSpecialTokens(c.GetProperty("text").GetString()!)));
    }

    [Fact]
    public void Every_fixture_string_round_trips_also_when_special_tokens_are_spelled_out()
    {
        foreach (JsonElement c in _cases.EnumerateArray())
        {
            string text = c.GetProperty("text").GetString()!;
            Assert.Equal(text, _tokenizer.Decode(_tokenizer.EncodeWithSpecialTokens(text)));
            Assert.Equal(text, _tokenizer.Decode(_tokenizer.Encode(text)));
        }
    }

    [Fact]
    public void Every_fixture_string_streams_without_half_characters()
    {
        foreach (JsonElement c in _cases.EnumerateArray())
        {
            string text = c.GetProperty("text").GetString()!;
            var decoder = new StreamingDecoder(_tokenizer);
            var streamed = new StringBuilder();
            foreach (int id in _tokenizer.Encode(text))
            {
                string piece = decoder.Add(id);
                Assert.DoesNotContain('\uFFFD', piece);
                Assert.False(piece.Length > 0 && char.IsHighSurrogate(piece[^1]));
                streamed.Append(piece);
            }

            Assert.Equal(text, streamed.ToString());
        }
    }

    [Fact]
    public void Special_tokens_in_a_file_are_text()
    {
        Assert.DoesNotContain(_tokenizer.Encode("a<|fim_middle|>b<|endoftext|>"), _tokenizer.IsSpecial);
    }

    [Theory]
    [InlineData("pri")]
    [InlineData(".WriteLi")]
    [InlineData("日本")]
    public void Tokens_that_agree_with_a_text_are_found(string text)
    {
        var found = new HashSet<int>();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        new TokenPrefixIndex(_tokenizer).Visit(bytes, id => found.Add(id));
        Assert.NotEmpty(found);
        foreach (int id in Enumerable.Range(0, _tokenizer.VocabularySize).Where(id => !_tokenizer.IsSpecial(id)))
        {
            ReadOnlySpan<byte> token = _tokenizer.Bytes(id);
            Assert.Equal(token.StartsWith(bytes) || bytes.AsSpan().StartsWith(token), found.Contains(id));
        }
    }
}
