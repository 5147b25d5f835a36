using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Parity;

/// <summary>
/// A tiny random checkpoint in the format of the original Python library against the logits that a script computed with its formulas in double
/// precision (tests/fixtures/original-tiny/make.py), from shadow weights and from packed ones.
/// </summary>
public sealed class OriginalTests
{
    [Theory]
    [InlineData("original-tiny", 1)]
    [InlineData("original-tiny", 3)]
    [InlineData("original-tiny-packed", 2)]
    public void Logits_match_the_formulas(string folder, int threads)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(Repository.Fixture("original-tiny"), "outputs.safetensors"));
        int[] tokens = [.. expected.Longs("a.input_ids").Select(id => (int)id)];
        float[] logits = expected.AllFloats("a.logits");
        using TritterModel model = TritterModel.Load(Repository.Fixture(folder));
        using var team = new ThreadTeam(threads);
        using Session session = Sessions.Alone(model, team, 64, KvPrecision.Float32);

        session.Append(tokens, LogitsOf.All);
        double atOnce = Comparison.RelativeL2(session.Logits, logits);
        session.Truncate(tokens.Length - 1);
        session.Append(tokens[^1]);
        double last = Comparison.RelativeL2(session.Logits, logits.AsSpan((tokens.Length - 1) * model.Config.VocabSize));

        // Activations are rounded to 15 bits, the output matrix is exact.
        Assert.InRange(atOnce, 0, 1e-3);
        Assert.InRange(last, 0, 1e-3);
    }

    [Fact]
    public void Its_parameters_are_counted()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Repository.Fixture("original-tiny"), "model.safetensors"));
        long elements = file.Tensors.Where(t => !t.Name.EndsWith("_cache", StringComparison.Ordinal)).Sum(t => t.Shape.Aggregate(1L, (product, n) => product * n));

        Assert.Equal(elements, ModelInfo.Load(Repository.Fixture("original-tiny")).Parameters);
    }
}
