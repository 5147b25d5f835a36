using System.Text;
using Tritter.Core.Completion;
using Tritter.Inference.Tokenizer;

namespace Tritter.Core.Tests.Completion;

public sealed class TokenHealingTests
{
    private static readonly TritterTokenizer _tokenizer = TritterTokenizer.Load(Path.Combine(Checkout.EmbeddedModel, "tokenizer.json"));
    private static readonly TokenPrefixIndex _index = new(_tokenizer);

    [Theory]
    [InlineData("Conso")]
    [InlineData("        ret")]
    [InlineData("日本")]
    [InlineData("😀")]
    public void Whatever_is_chosen_spells_the_typed_text_first(string typed)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(typed);
        var healing = new TokenHealing(_tokenizer, _index, bytes);
        var random = new Random(1);
        for (int round = 0; round < 50; round++)
        {
            var generated = new List<int>();
            var written = new List<byte>();
            while (written.Count < bytes.Length)
            {
                float[] logits = Enumerable.Range(0, _tokenizer.VocabularySize).Select(_ => random.NextSingle()).ToArray();
                healing.Apply(generated.ToArray(), logits);
                int best = Array.IndexOf(logits, logits.Max());
                Assert.True(float.IsFinite(logits[best]));
                generated.Add(best);
                written.AddRange(_tokenizer.Bytes(best));
            }

            Assert.True(written.Take(bytes.Length).SequenceEqual(bytes));
        }
    }

    [Fact]
    public void Nothing_is_ruled_out_once_the_typed_text_is_there()
    {
        var healing = new TokenHealing(_tokenizer, _index, "Con"u8.ToArray());
        float[] logits = new float[_tokenizer.VocabularySize];

        healing.Apply([_tokenizer.Encode("Console")[0]], logits);

        Assert.All(logits, l => Assert.Equal(0, l));
    }
}
