using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>The transformer as launches of kernels, in the order of the formulas: one token (decoding), or a chunk of a prompt.</summary>
internal static class CudaPass
{
    /// <summary>Rows that a block of the tensor cores' kernel takes, and tokens in its two sizes.</summary>
    private const int TileRows = 128, FewTokens = 32, ManyTokens = 128;

    /// <summary>Pieces on their way at a time in that kernel.</summary>
    private const int Stages = 4;

    private enum Mode
    {
        Store,
        Add,
        Gated,
    }

    /// <summary>One token: its logits and the largest of them.</summary>
    public static void Token(CudaModel model, CudaKv kv, int token, int position)
    {
        foreach ((int from, int to) in model.Layers.Steps)
        {
            model.Layers.Begin(from);
            Decode(model, kv, token, position, from, to, to == model.Layers.Count, from == 0 ? 0 : model.TokenStream.Pointer, from == 0 ? 0 : model.Branch.Pointer);
            model.Layers.End(to - 1);
        }

        for (int i = 0; i < model.Layers.Count; i++)
        {
            kv.Pack(i, position, 1);
        }
    }

    /// <summary>Tokens of a prompt, at the positions from <paramref name="position"/> on; the residual stream of each is in the model's buffers afterwards.</summary>
    /// <param name="head">Whether the logits of the last token are wanted.</param>
    public static void Chunk(CudaModel model, CudaKv kv, ReadOnlySpan<int> tokens, int position, bool head)
    {
        CudaDevice device = model.Device;
        ModelConfig config = model.Config;
        int hidden = config.HiddenSize, count = tokens.Length;
        device.Upload(tokens, model.Tokens.Pointer);
        device.Launch("prefill_embed", count, 1, 256, 0, model.Tokens, model.Rows, model.RowScales, model.Padded, hidden, model.Stream);
        for (int i = 0; i < model.Layers.Count; i++)
        {
            model.Layers.Begin(i);
            CudaLayer layer = model.Layers[i];
            LayerScales scales = layer.Scales;
            Round(model, model.Stream, i == 0 ? 0 : model.Layers[i - 1].PostNorm, layer.InputNorm, hidden, count);
            Multiply(model, layer.QueryKeyValue, count, Mode.Store, config.QuerySize, config.QuerySize + config.KvSize, scales.Query, scales.Key, scales.Value, model.Heads);
            Attend(model, kv, i, position, count);
            Round(model, model.Attended, 0, layer.AttentionNorm, config.QuerySize, count);
            Multiply(model, layer.Output, count, Mode.Add, hidden, hidden, scales.Output, 0, 0, model.Stream);
            Round(model, model.Stream, 0, layer.MlpNorm, hidden, count);
            Multiply(model, layer.GateUp, count, Mode.Gated, 0, 0, scales.Gate, scales.Up, 0, model.Gated);
            Round(model, model.Gated, 0, layer.GatedNorm, config.IntermediateSize, count);
            Multiply(model, layer.Down, count, Mode.Store, hidden, hidden, scales.Down, 0, 0, model.Branch);
            model.Layers.End(i);
        }

        if (head)
        {
            Head(model, count - 1);
        }
    }

    /// <summary>Keys and values of a layer go to the text's, and its queries attend to them.</summary>
    private static void Attend(CudaModel model, CudaKv kv, int i, int position, int count)
    {
        CudaDevice device = model.Device;
        ModelConfig config = model.Config;
        CudaLayer layer = model.Layers[i];
        nint frequencies = layer.Attention.Rope ? model.Frequencies.Pointer : 0;
        device.Launch($"prefill_heads_{config.HeadDim}", count, 1, 256, 0,
            model.Heads, config.Heads, config.KvHeads, layer.QueryNorm, layer.KeyNorm, frequencies, config.NormEpsilon,
            kv.Keys(i), kv.KeyScales(i), kv.Values(i), kv.ValueScales(i), kv.HeldPositions, position, model.Queries);
        if (!kv.IsPacked(i))
        {
            device.Launch($"prefill_attend_{config.HeadDim}", (count + 63) / 64, config.Heads, 128, 0,
                model.Queries, config.Heads, config.KvHeads, kv.Keys(i), kv.KeyScales(i), kv.Values(i), kv.ValueScales(i), kv.HeldPositions,
                position, count, config.AttentionScale, layer.Attention.Window, model.Attended);
            return;
        }

        kv.Pack(i, position, count);
        // A block a page, of which the first and the last one may have fewer tokens.
        device.Launch($"int4_attend_{config.HeadDim}", (position % CudaKv.Step + count + CudaKv.Step - 1) / CudaKv.Step, config.Heads, 128, 0,
            model.Queries, config.Heads, config.KvHeads, kv.Keys(i), kv.KeyScales(i), kv.Values(i), kv.ValueScales(i), kv.HeldPositions,
            kv.Packed(i), kv.Positions / CudaKv.Step, position, count, config.AttentionScale, model.Attended);
    }

    /// <summary>Logits of a row of the residual stream, to which the last branch is still to be added.</summary>
    public static void Head(CudaModel model, int row)
    {
        nint offset = (nint)row * model.Config.HiddenSize * sizeof(float);
        Decode(model, null, 0, 0, model.Layers.Count, model.Layers.Count, true, model.Stream.Pointer + offset, model.Branch.Pointer + offset);
    }

    /// <summary>Layers from one to another, and with <paramref name="head"/> the logits.</summary>
    /// <param name="kv">The text's; null where there are no layers.</param>
    /// <param name="x">The residual stream before them; 0 for the token's embedding.</param>
    /// <param name="branch">What is to be added to it; 0 for nothing.</param>
    private static void Decode(CudaModel model, CudaKv? kv, int token, int position, int from, int to, bool head, nint x, nint branch)
    {
        if (kv is { Precision: KvPrecision.Int4 })
        {
            model.Device.LaunchTogether($"int4_decode_{model.Config.HeadDim}", CudaPlan.Threads, model.SharedPacked.Bytes,
                model.Plan, kv.First, kv.HeldPositions, kv.HeldFrom, kv.FirstPacked, kv.Positions / CudaKv.Step,
                token, position, from, to, head ? 1 : 0, x, branch, model.SharedPacked.Slots);
            return;
        }

        model.Device.LaunchTogether($"decode_{model.Config.HeadDim}", CudaPlan.Threads, model.Shared.Bytes,
            model.Plan, kv?.First ?? 0, kv?.Positions ?? 0, token, position, from, to, head ? 1 : 0, x, branch, model.Shared.Slots);
    }

    private static void Round(CudaModel model, CudaBuffer x, nint branchNorm, nint norm, int width, int count) =>
        model.Device.Launch("prefill_round", count, 1, 256, width * sizeof(float),
            x, branchNorm == 0 ? 0 : model.Branch.Pointer, branchNorm, norm, width, model.Config.NormEpsilon,
            CudaMatrix.PiecesOf(width) * CudaMatrix.PieceColumns, model.Rounded, model.Steps, model.Sums);

    private static void Multiply(CudaModel model, CudaMatrix m, int count, Mode mode, int secondRow, int thirdRow, float first, float second, float third, CudaBuffer y)
    {
        int tile = count <= FewTokens ? FewTokens : ManyTokens;
        model.Device.Launch(tile == FewTokens ? "prefill_matrix_2" : "prefill_matrix_8", (m.Rows + TileRows - 1) / TileRows, (count + tile - 1) / tile, 256, Stages * 16 * (TileRows + 4 * tile),
            m.Pointer, m.Rows, m.Pieces, model.Rounded, model.Steps, model.Sums, count, (int)mode, secondRow, thirdRow, first, second, third, y);
    }
}
