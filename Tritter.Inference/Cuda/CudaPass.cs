using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>The transformer as launches of kernels, in the order of the formulas: one token (decoding), or a chunk of a prompt.</summary>
internal static class CudaPass
{
    private const int Warp = 32;

    /// <summary>Rows that a block of the tensor cores' kernel takes, and tokens in its two sizes.</summary>
    private const int TileRows = 128, FewTokens = 32, ManyTokens = 128;

    /// <summary>Pieces on their way at a time in that kernel.</summary>
    private const int Stages = 4;

    /// <summary>Shared memory that a warp of the decoding attention takes for each 16 elements of a head: keys and values of 32 positions, twice.</summary>
    private const int AttendRing = 2 * 2 * 32 * 16;

    /// <summary>Threads of a block of that attention, and how few there are where shared memory is small.</summary>
    private const int AttendThreads = 256, FewAttendThreads = 128;

    private enum Mode
    {
        Store,
        Add,
        Gated,
    }

    /// <summary>One token, which decode.cu takes from the host's Input; logits and their largest one as well.</summary>
    public static void Token(CudaModel model, CudaKv kv)
    {
        CudaDevice device = model.Device;
        ModelConfig config = model.Config;
        int hidden = config.HiddenSize;
        model.SendToken();
        device.Launch("decode_embed", (hidden + 255) / 256, 1, 256, 0, false, model.State, model.Rows, model.RowScales, model.Padded, hidden, model.Stream);
        int attendThreads = AttendRing * AttendThreads / Warp * config.HeadDim / 16 <= device.SharedBytes - CudaDevice.DeclaredSharedBytes ? AttendThreads : FewAttendThreads;
        nint x = model.Stream.Pointer, other = model.OtherStream.Pointer;
        for (int i = 0; i < model.Layers.Count; i++)
        {
            CudaLayer layer = model.Layers[i];
            LayerScales scales = layer.Scales;
            CudaMatrix m = layer.QueryKeyValue;
            (int shared, int room) = Shared(device, hidden, m.Pieces * CudaMatrix.PieceColumns, 3);
            (int blocks, int threads, int lanes) = Rows(device, "decode_qkv", m.Rows, m.Pieces, shared, Warp);
            device.Launch("decode_qkv", blocks, 1, threads, shared, room == 1,
                x, i == 0 ? 0 : model.Branch.Pointer, i == 0 ? 0 : model.Layers[i - 1].PostNorm, other, layer.InputNorm, hidden, config.NormEpsilon,
                m.Pointer, m.Rows, m.Pieces, lanes, config.QuerySize, config.QuerySize + config.KvSize, scales.Query, scales.Key, scales.Value, model.Heads, room);
            (x, other) = (other, x);

            device.Launch($"attend_{config.HeadDim}", model.HeadBlocks, model.Splits, attendThreads, AttendRing * attendThreads / Warp * config.HeadDim / 16, true,
                model.Heads, config.Heads, config.KvHeads, layer.QueryNorm, layer.KeyNorm, layer.Attention.Rope ? model.Frequencies.Pointer : 0, config.NormEpsilon,
                kv.Keys(i), kv.KeyScales(i), kv.Values(i), kv.ValueScales(i), kv.Positions, config.AttentionScale, layer.Attention.Window,
                model.State, model.Parts, model.Finished, model.Attended);

            Matrix(model, layer.Output, model.Attended, layer.AttentionNorm, config.QuerySize, scales.Output, add: 1, x);

            m = layer.GateUp;
            (shared, room) = Shared(device, hidden, m.Pieces * CudaMatrix.PieceColumns, 1);
            (blocks, threads, lanes) = Rows(device, "decode_gated", m.Rows, m.Pieces, shared, Warp / 2);
            device.Launch("decode_gated", blocks, 1, threads, shared, room == 1,
                x, layer.MlpNorm, hidden, config.NormEpsilon, m.Pointer, m.Rows, m.Pieces, lanes, scales.Gate, scales.Up, model.Gated, room);

            Matrix(model, layer.Down, model.Gated, layer.GatedNorm, config.IntermediateSize, scales.Down, add: 0, model.Branch.Pointer);
        }

        Head(model, x, 0, model.Logits.Pointer);
        model.FetchAnswer();
    }

    /// <summary>Tokens of a prompt, at the positions from <paramref name="position"/> on; the residual stream of each is in the model's buffers afterwards.</summary>
    /// <param name="head">Whether the logits of the last token are wanted.</param>
    public static void Chunk(CudaModel model, CudaKv kv, ReadOnlySpan<int> tokens, int position, bool head)
    {
        CudaDevice device = model.Device;
        ModelConfig config = model.Config;
        int hidden = config.HiddenSize, count = tokens.Length;
        // decode.cu's State, for the head: nothing is the largest logit yet.
        device.Upload<int>([tokens[^1], position + count - 1, 0, 0], model.State.Pointer);
        device.Upload(tokens, model.Tokens.Pointer);
        device.Launch("prefill_embed", count, 1, 256, 0, false, model.Tokens, model.Rows, model.RowScales, model.Padded, hidden, model.Stream);
        for (int i = 0; i < model.Layers.Count; i++)
        {
            CudaLayer layer = model.Layers[i];
            LayerScales scales = layer.Scales;
            Round(model, model.Stream, i == 0 ? 0 : model.Layers[i - 1].PostNorm, layer.InputNorm, hidden, count);
            Multiply(model, layer.QueryKeyValue, count, Mode.Store, config.QuerySize, config.QuerySize + config.KvSize, scales.Query, scales.Key, scales.Value, model.Heads);
            device.Launch($"prefill_heads_{config.HeadDim}", count, 1, 256, 0, false,
                model.Heads, config.Heads, config.KvHeads, layer.QueryNorm, layer.KeyNorm, layer.Attention.Rope ? model.Frequencies.Pointer : 0, config.NormEpsilon,
                kv.Keys(i), kv.KeyScales(i), kv.Values(i), kv.ValueScales(i), kv.Positions, position, model.Queries);
            device.Launch($"prefill_attend_{config.HeadDim}", (count + 63) / 64, config.Heads, 128, 0, false,
                model.Queries, config.Heads, config.KvHeads, kv.Keys(i), kv.KeyScales(i), kv.Values(i), kv.ValueScales(i), kv.Positions,
                position, count, config.AttentionScale, layer.Attention.Window, model.Attended);
            Round(model, model.Attended, 0, layer.AttentionNorm, config.QuerySize, count);
            Multiply(model, layer.Output, count, Mode.Add, hidden, hidden, scales.Output, 0, 0, model.Stream);
            Round(model, model.Stream, 0, layer.MlpNorm, hidden, count);
            Multiply(model, layer.GateUp, count, Mode.Gated, 0, 0, scales.Gate, scales.Up, 0, model.Gated);
            Round(model, model.Gated, 0, layer.GatedNorm, config.IntermediateSize, count);
            Multiply(model, layer.Down, count, Mode.Store, hidden, hidden, scales.Down, 0, 0, model.Branch);
        }

        if (head)
        {
            Head(model, model.Stream.Pointer, count - 1, model.Logits.Pointer);
            model.FetchAnswer();
        }
    }

    /// <summary>Logits of a row of the residual stream, to which the last branch is still to be added.</summary>
    public static void Head(CudaModel model, nint stream, int row, nint logits)
    {
        ModelConfig config = model.Config;
        int hidden = config.HiddenSize, pieces = model.Padded / 16;
        nint offset = (nint)row * hidden * sizeof(float);
        (int shared, int room) = Shared(model.Device, hidden, 2 * model.Padded, 3);
        (int blocks, int threads, int lanes) = Rows(model.Device, "decode_head", config.VocabSize, pieces, shared, pieces >= 4 * Warp ? Warp : Warp / 2);
        model.Device.Launch("decode_head", blocks, 1, threads, shared, room == 1,
            stream + offset, model.Branch.Pointer + offset, model.Layers[^1].PostNorm, model.FinalNorm, hidden, config.NormEpsilon,
            model.Rows, model.RowScales, config.VocabSize, model.Padded, lanes, Kernels.Quantize.MaxMagnitude(hidden), logits, model.State, room);
    }

    private static void Matrix(CudaModel model, CudaMatrix m, CudaBuffer input, nint norm, int width, float scale, int add, nint y)
    {
        (int shared, int room) = Shared(model.Device, width, m.Pieces * CudaMatrix.PieceColumns, 1);
        (int blocks, int threads, int lanes) = Rows(model.Device, "decode_matrix", m.Rows, m.Pieces, shared, Warp);
        model.Device.Launch("decode_matrix", blocks, 1, threads, shared, room == 1,
            input, norm, width, model.Config.NormEpsilon, m.Pointer, m.Rows, m.Pieces, lanes, scale, add, y, room);
    }

    private static void Round(CudaModel model, CudaBuffer x, nint branchNorm, nint norm, int width, int count) =>
        model.Device.Launch("prefill_round", count, 1, 256, width * sizeof(float), false,
            x, branchNorm == 0 ? 0 : model.Branch.Pointer, branchNorm, norm, width, model.Config.NormEpsilon,
            CudaMatrix.PiecesOf(width) * CudaMatrix.PieceColumns, model.Rounded, model.Steps, model.Sums);

    private static void Multiply(CudaModel model, CudaMatrix m, int count, Mode mode, int secondRow, int thirdRow, float first, float second, float third, CudaBuffer y)
    {
        int tile = count <= FewTokens ? FewTokens : ManyTokens;
        model.Device.Launch(tile == FewTokens ? "prefill_matrix_2" : "prefill_matrix_8", (m.Rows + TileRows - 1) / TileRows, (count + tile - 1) / tile, 256, Stages * 16 * (TileRows + 4 * tile), false,
            m.Pointer, m.Rows, m.Pieces, model.Rounded, model.Steps, model.Sums, count, (int)mode, secondRow, thirdRow, first, second, third, y);
    }

    /// <summary>Shared memory of a kernel that normalises a row: the row, its rounded form, and where there is room what it is computed from.</summary>
    /// <param name="others">Rows that it is computed from.</param>
    private static (int Bytes, int Room) Shared(CudaDevice device, int width, int rounded, int others)
    {
        int row = width * sizeof(float), all = (1 + others) * row + rounded;
        return all <= device.SharedBytes - CudaDevice.DeclaredSharedBytes ? (all, 1) : (row + rounded, 0);
    }

    /// <summary>How a product with one vector is spread over the device: enough blocks to fill it, but no more than it holds, since each normalises for itself.</summary>
    /// <param name="mostLanes">Of a warp, for one row.</param>
    private static (int Blocks, int Threads, int Lanes) Rows(CudaDevice device, string kernel, int rows, int pieces, int shared, int mostLanes)
    {
        const int Many = 512, Few = 256;
        int lanes = Warp / 2;
        if (mostLanes == Warp && pieces >= Warp && (long)rows * lanes < (long)Few * device.Processors)
        {
            lanes = Warp;
        }

        int threads = (long)rows * lanes >= (long)Many * device.Processors * 9 / 10 ? Many : Few;
        int needed = (int)(((long)rows * lanes + threads - 1) / threads);
        // Room is left for the next kernel's blocks, which begin while these compute.
        int held = device.Processors * (threads == Many ? 1 : Math.Clamp(device.ActiveBlocks(kernel, threads, shared) / 2, 1, 2));
        return (Math.Min(needed, held), threads, lanes);
    }
}
