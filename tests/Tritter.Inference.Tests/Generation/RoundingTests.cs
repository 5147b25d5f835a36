using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Inference.Tests.Generation;

/// <summary>Decoding by the nearest embedding against a search that knows nothing of products and scores.</summary>
public sealed class RoundingTests
{
    [Theory]
    [InlineData("""{}""", Rounding.Logits)]
    [InlineData("""{"rounding": "knn"}""", Rounding.NearestByCosine)]
    [InlineData("""{"rounding": "knn", "rounding_metric": "cosine"}""", Rounding.NearestByCosine)]
    [InlineData("""{"rounding": "knn", "rounding_metric": "l2"}""", Rounding.NearestByDistance)]
    public void The_configuration_says_how_a_state_becomes_a_token(string text, Rounding expected)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        File.WriteAllText(folder.GenerationConfig, text);
        Assert.Equal(expected, GenerationDefaults.Load(folder.GenerationConfig, ModelConfig.Load(folder.Config)).Rounding);
    }

    [Theory]
    [InlineData("cosine", 1)]
    [InlineData("cosine", 2)]
    [InlineData("l2", 1)]
    [InlineData("l2", 2)]
    public unsafe void The_token_is_the_one_whose_embedding_is_nearest_to_the_state(string metric, int threads)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        File.WriteAllText(folder.GenerationConfig, $$"""{"rounding": "knn", "rounding_metric": "{{metric}}"}""");
        using InferenceEngine engine = InferenceEngine.Load(folder.Root, threads);
        using Session session = engine.OpenSession(64);
        using TritterModel model = TritterModel.Load(folder.Root);
        (int hidden, int vocab) = (model.Config.HiddenSize, model.Config.VocabSize);
        float[] state = [];
        session.Forward.LayerProbe = (_, rows) => state = rows[^hidden..].ToArray();
        int different = 0;

        foreach (int token in TinyModel.Prompt(40))
        {
            session.Append(token);

            double[] y = Normed(state, model.FinalNorm.Pointer, model.Config.NormEpsilon);
            int chosen = Sampler.Greedy(session.Logits);
            double[] away = [.. Enumerable.Range(0, vocab).Select(v => Away(y, Row(model, v, hidden), metric))];
            // The engine rounds the state to 14 bits: two rows that are as near as that may change places.
            Assert.InRange(away[chosen], away.Min(), away.Min() + 1e-3);
            different += chosen == Enumerable.Range(0, vocab).MaxBy(v => y.Zip(Row(model, v, hidden), (a, b) => a * b).Sum()) ? 0 : 1;
        }

        // Otherwise nothing was rounded.
        Assert.True(different > 0);
    }

    private static unsafe float[] Row(TritterModel model, int v, int hidden)
    {
        float[] row = new float[hidden];
        fixed (float* x = row)
        {
            model.Embedding.Read(v, x);
        }

        return row;
    }

    private static unsafe double[] Normed(float[] x, float* weight, double epsilon)
    {
        double mean = x.Average(a => (double)a);
        double deviation = Math.Sqrt(x.Average(a => (a - mean) * (a - mean)) + epsilon);
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = (x[i] - mean) / deviation * weight[i];
        }

        return y;
    }

    private static double Away(double[] y, float[] row, string metric)
    {
        double product = y.Zip(row, (a, b) => a * b).Sum();
        double length = Math.Sqrt(row.Sum(b => (double)b * b)), own = Math.Sqrt(y.Sum(a => a * a));
        return metric == "l2" ? Math.Sqrt(y.Zip(row, (a, b) => (a - b) * (a - b)).Sum()) : 1 - product / (own * Math.Max(length, 1e-30));
    }
}
