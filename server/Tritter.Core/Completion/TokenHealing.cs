using Tritter.Inference.Tokenizer;

namespace Tritter.Core.Completion;

/// <summary>Holds decoding to text that begins with given bytes, in any tokens that spell them.</summary>
public sealed class TokenHealing(TritterTokenizer tokenizer, TokenPrefixIndex index, byte[] typed)
{
    /// <summary>A logits rule: rules out every token that departs from what is left to spell; does nothing once all is spelled.</summary>
    public void Apply(ReadOnlySpan<int> generated, Span<float> logits)
    {
        int spelled = 0;
        foreach (int token in generated)
        {
            spelled += tokenizer.Bytes(token).Length;
            if (spelled >= typed.Length)
            {
                return;
            }
        }

        if (typed.Length > 0)
        {
            var allowed = new List<(int Token, float Logit)>();
            float[] all = logits.ToArray();
            index.Visit(typed.AsSpan(spelled), token => allowed.Add((token, all[token])));
            logits.Fill(float.NegativeInfinity);
            foreach ((int token, float logit) in allowed)
            {
                logits[token] = logit;
            }
        }
    }
}
