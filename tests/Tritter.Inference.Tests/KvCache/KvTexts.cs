using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.KvCache;

/// <summary>
/// Sequences whose keys and values are made from the tokens before them alone, as a model's are: what a sequence holds can be checked without
/// computing a model. One full-attention and one sliding layer, one head of two float32 elements.
/// </summary>
internal sealed unsafe class KvTexts(long budget, int window = 8) : IDisposable
{
    private const int HeadDim = 2;

    public KvLayout Layout { get; } = MakeLayout(window);

    public PrefixTree Tree { get; } = new(MakeLayout(window), budget);

    public KvSequence Open() => new(Tree, capacity: int.MaxValue);

    /// <summary>Goes over to a text and writes what is not held of it.</summary>
    /// <returns>What was held.</returns>
    public int Read(KvSequence sequence, ReadOnlySpan<int> text, int chunk = 64)
    {
        int held = sequence.Seek(text);
        for (int next = held; next < text.Length; next += chunk)
        {
            Append(sequence, text[next..Math.Min(text.Length, next + chunk)]);
        }

        return held;
    }

    public void Append(KvSequence sequence, ReadOnlySpan<int> tokens)
    {
        sequence.Reserve(tokens.Length);
        Write(sequence, [.. sequence.Tokens, .. tokens], sequence.Length);
        sequence.Advance(tokens);
    }

    /// <summary>Makes room and writes, but does not keep it: a chunk that was cancelled.</summary>
    public void Cancel(KvSequence sequence, int count)
    {
        sequence.Reserve(count);
        Write(sequence, [.. sequence.Tokens, .. Enumerable.Repeat(-1, count)], sequence.Length);
    }

    /// <summary>Everything that attention would read for the next token is what was written for these tokens.</summary>
    public void AssertHolds(KvSequence sequence, ReadOnlySpan<int> text, string what)
    {
        Assert.Equal(text, [.. sequence.Tokens]);
        float hash = 0;
        for (int position = 0; position < text.Length; position++)
        {
            hash = Next(hash, text[position]);
            for (int layer = 0; layer < 2; layer++)
            {
                if (layer == 0 || position > text.Length - window)
                {
                    KvLayer kv = sequence.Layer(layer);
                    byte* keys = kv.Keys(0, position);
                    int slot = position % KvLayout.PagePositions;
                    float key = ((float*)keys)[slot / 16 * 16 * HeadDim + slot % 16];
                    float value = ((float*)kv.Values(keys))[slot * HeadDim];
                    if (key != hash + layer || value != -hash - layer)
                    {
                        Assert.Fail($"{what}: position {position} of {text.Length} in layer {layer} is {key} and {value}, expected {hash + layer}");
                    }
                }
            }
        }
    }

    public void Dispose() => Tree.Dispose();

    private static void Write(KvSequence sequence, int[] text, int from)
    {
        float* key = stackalloc float[HeadDim];
        float* value = stackalloc float[HeadDim];
        float hash = 0;
        for (int position = 0; position < text.Length; position++)
        {
            hash = Next(hash, text[position]);
            for (int layer = 0; position >= from && layer < 2; layer++)
            {
                (key[0], key[1], value[0], value[1]) = (hash + layer, 0, -hash - layer, 0);
                sequence.Layer(layer).Write(position, 0, key, value);
            }
        }
    }

    // Whole numbers that a float holds exactly.
    private static float Next(float hash, int token) => ((int)hash * 31 + token + 7) % 1_000_003;

    private static KvLayout MakeLayout(int window) =>
        new([new LayerAttention(int.MaxValue, Rope: false), new LayerAttention(window, Rope: true)], kvHeads: 1, HeadDim, KvPrecision.Float32);
}
