using System.Globalization;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>
/// A few tokens on the card and on the processor before a card is trusted. Kernels have been seen on few cards, and a driver, card or overclock that
/// computes nonsense must not be found out by whoever reads the completions.
/// </summary>
internal static class CudaSelfCheck
{
    /// <summary>
    /// Farthest that logits may be from the processor's, as a share of their length. Rounding to int8 makes 1 to 3 % of it in a trained model, up to 7 % in a deep random
    /// one; logits that have nothing to do with each other are 140 % apart.
    /// </summary>
    private const double Farthest = 0.25;

    /// <summary>More than one, so that both ways through the kernels are taken: a chunk, and a token as a graph.</summary>
    private const int Chunk = 8;

    /// <exception cref="CudaException">The card computes something else, or fails.</exception>
    public static void Run(TritterModel model, CudaModel onDevice, KvPrecision precision = KvPrecision.Int8)
    {
        int[] ids = [.. Enumerable.Range(1, Chunk + 1).Select(i => (int)(i * 7919L % model.Config.VocabSize))];
        using var text = new CudaText(onDevice, 64, precision: precision);
        using var team = new ThreadTeam(Environment.ProcessorCount);
        using var tree = new PrefixTree(new KvLayout(model.Config, precision), budget: 0);
        using var session = new Session(model, team, tree, 64);
        Compare(ids.AsSpan(0, Chunk), "a prompt");
        Compare(ids.AsSpan(Chunk), "a token");

        void Compare(ReadOnlySpan<int> tokens, string what)
        {
            text.Run(tokens, LogitsOf.Last, CancellationToken.None);
            session.Append(tokens, LogitsOf.Last);
            double difference = Distance(text.Logits, session.Logits);
            // Also when it is not a number.
            if (!(difference <= Farthest))
            {
                throw new CudaException(string.Create(CultureInfo.InvariantCulture, $"it computes {what} wrong: logits are {difference:P0} away from the processor's; please report the card and its driver"));
            }
        }
    }

    private static double Distance(ReadOnlySpan<float> found, ReadOnlySpan<float> expected)
    {
        double difference = 0;
        double length = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double apart = found[i] - expected[i];
            difference += apart * apart;
            length += (double)expected[i] * expected[i];
        }

        return Math.Sqrt(difference / length);
    }
}
