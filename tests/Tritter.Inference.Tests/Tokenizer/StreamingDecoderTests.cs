using System.Text;
using Tritter.Inference.Tests.Damage;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Tokenizer;

public sealed class StreamingDecoderTests
{
    private static readonly TritterTokenizer _tokenizer = LoadSmall();

    [Theory]
    [InlineData("é", "|é")]
    [InlineData("日本", "||日|||本")]
    [InlineData("a😀b", "a||||😀|b")]
    [InlineData("👩‍💻", "|||👩|||\u200D||||💻")]
    public void A_character_comes_with_its_last_byte(string text, string expected)
    {
        var decoder = new StreamingDecoder(_tokenizer);
        Assert.Equal(expected, string.Join('|', Encoding.UTF8.GetBytes(text).Select(b => decoder.Add([b]))));
    }

    [Fact]
    public void Tokens_that_split_an_emoji_keep_it_back()
    {
        var decoder = new StreamingDecoder(_tokenizer);
        IReadOnlyList<int> ids = _tokenizer.Encode("ab😀");
        Assert.Equal(5, ids.Count);
        Assert.Equal(["ab", "", "", "", "😀"], ids.Select(decoder.Add));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, (byte)'a' }, "\uFFFD|a")]
    [InlineData(new byte[] { 0xF0, 0x9F, (byte)'a' }, "||\uFFFDa")]
    [InlineData(new byte[] { 0x80, 0x80 }, "\uFFFD|\uFFFD")]
    public void Bytes_that_are_not_utf8_become_replacement_characters(byte[] bytes, string expected)
    {
        var decoder = new StreamingDecoder(_tokenizer);
        Assert.Equal(expected, string.Join('|', bytes.Select(b => decoder.Add([b]))));
    }

    [Fact]
    public void A_long_piece_comes_whole()
    {
        string text = string.Concat(Enumerable.Repeat("日😀a", 1000));
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var decoder = new StreamingDecoder(_tokenizer);
        Assert.Equal(text, decoder.Add(bytes.AsSpan(0, 1001)) + decoder.Add(bytes.AsSpan(1001)));
    }

    [Fact]
    public void Ids_that_the_tokenizer_lacks_are_empty()
    {
        // A model's vocabulary may be padded beyond its tokenizer's.
        var decoder = new StreamingDecoder(_tokenizer);
        Assert.All([_tokenizer.VocabularySize, int.MaxValue, -1], id =>
        {
            Assert.Equal("", decoder.Add(id));
            Assert.False(_tokenizer.IsSpecial(id));
        });
    }

    private static TritterTokenizer LoadSmall()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        return TritterTokenizer.Load(folder.Tokenizer);
    }
}
