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

    /// <summary>Tokens of which the last one sees two pages in int4.</summary>
    private const int Paged = 4 * KvLayout.PagePositions - 7;

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
        if (precision == KvPrecision.Int4 && model.Config.MaxPositions > Paged)
        {
            ComparePages(model, onDevice);
        }

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

    /// <summary>
    /// A token behind pages in int4 by the kernels for prompts and by the one for tokens, which multiply them in different ways. The processor would take seconds to
    /// read as many.
    /// </summary>
    private static void ComparePages(TritterModel model, CudaModel onDevice)
    {
        int[] ids = [.. Enumerable.Range(1, Paged).Select(i => (int)(i * 7919L % model.Config.VocabSize))];
        using var prompt = new CudaText(onDevice, Paged, precision: KvPrecision.Int4);
        using var token = new CudaText(onDevice, Paged, precision: KvPrecision.Int4);
        prompt.Run(ids, LogitsOf.Last, CancellationToken.None);
        float[] expected = prompt.Logits.ToArray();
        token.Run(ids.AsSpan(0, Paged - 1), LogitsOf.None, CancellationToken.None);
        token.Run(ids.AsSpan(Paged - 1), LogitsOf.Last, CancellationToken.None);
        double difference = Distance(token.Logits, expected);
        if (!(difference <= Farthest))
        {
            throw new CudaException(string.Create(CultureInfo.InvariantCulture, $"it computes int4 keys and values wrong: a token's logits are {difference:P0} away from a prompt's; please report the card and its driver"));
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
