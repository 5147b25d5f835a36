using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Parity;

/// <summary>
/// Tiny random BitNet b1.58 models against the logits that Hugging Face's transformers computed with the published formulas in float32, in all
/// four forms: latent and packed weights, tied and untied output matrix. Ours differ by the output matrix, which is rounded to int8.
/// </summary>
public sealed class BitNetTests
{
    public static TheoryData<string> Forms => ["tied-offline", "tied-online", "untied-offline", "untied-online"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Logits_match_transformers(string form) => Check(Repository.Fixture($"hf-bitnet-{form}"), form);

    /// <param name="model">Folder or file with the weights of the fixture <paramref name="form"/>.</param>
    internal static void Check(string model, string form)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(Repository.Fixture($"hf-bitnet-{form}"), "outputs.safetensors"));
        foreach ((string input, int texts, int length) in new[] { ("a", 1, 7), ("b", 2, 33) })
        {
            long[] ids = expected.Longs($"{input}.input_ids");
            float[] logits = expected.AllFloats($"{input}.logits_fp32");
            for (int text = 0; text < texts; text++)
            {
                int[] tokens = [.. ids.Skip(text * length).Take(length).Select(id => (int)id)];
                CheckText(model, tokens, logits.AsSpan(text * length * (logits.Length / ids.Length), length * (logits.Length / ids.Length)));
            }
        }
    }

    private static void CheckText(string folder, int[] tokens, ReadOnlySpan<float> expected)
    {
        using TritterModel model = TritterModel.Load(folder);
        using var team = new ThreadTeam(2);
        using Session session = Sessions.Alone(model, team, 64, KvPrecision.Float32);
        session.Append(tokens, LogitsOf.All);
        Assert.InRange(Comparison.RelativeL2(session.Logits, expected), 0, 1e-2);
        int vocabulary = model.Config.VocabSize;
        for (int t = 0; t < tokens.Length; t++)
        {
            ReadOnlySpan<float> row = expected.Slice(t * vocabulary, vocabulary);
            int best = Sampler.Greedy(session.Logits.Slice(t * vocabulary, vocabulary));
            float[] sorted = [.. row.ToArray().OrderDescending()];
            Assert.True(row[best] >= sorted[0] - 0.02f * (sorted[0] - sorted[^1]), $"token {t}: {best} is not among the likeliest");
        }
    }
}
