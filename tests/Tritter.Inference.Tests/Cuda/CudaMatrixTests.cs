using Tritter.Inference.Cuda;
using Tritter.Inference.Kernels;
using Tritter.Inference.Model;
using Tritter.Inference.Tests.Kernels;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>The whole-number products of the (emulated) device against long arithmetic and the processor's: the same bits.</summary>
[Collection("Emulated device")]
public sealed unsafe class CudaMatrixTests
{
    [Theory]
    [InlineData("prefill_matrix_2", 32, 1, 64, 64)]
    [InlineData("prefill_matrix_2", 32, 33, 200, 132)]
    [InlineData("prefill_matrix_8", 128, 5, 129, 64)]
    [InlineData("prefill_matrix_8", 128, 130, 40, 448)]
    public void Tokens_of_a_prompt_times_ternary_weights_are_exact(string kernel, int tile, int tokens, int rows, int columns)
    {
        using CudaDevice device = EmulatedDevice.Open();
        using var problem = TernaryProblem.Random(tokens, rows, columns);
        using CudaBuffer weights = device.Upload<uint>(CudaMatrix.Stack(problem.Matrix));
        var matrix = new CudaMatrix(weights.Pointer, rows, columns);
        int padded = matrix.Pieces * CudaMatrix.PieceColumns;
        QuantizedRows activations = problem.Activations;
        var values = new sbyte[tokens * padded];
        for (int t = 0; t < tokens; t++)
        {
            new ReadOnlySpan<sbyte>(activations.Row(t), columns).CopyTo(values.AsSpan(t * padded));
        }

        using CudaBuffer rounded = device.Upload<sbyte>(values);
        using CudaBuffer steps = device.Upload(new ReadOnlySpan<float>(activations.Steps, tokens));
        using CudaBuffer sums = device.Upload(new ReadOnlySpan<int>(activations.Sums, tokens));
        using CudaBuffer y = device.Allocate((long)tokens * rows * sizeof(float));
        device.Launch(kernel, (rows + 127) / 128, (tokens + tile - 1) / tile, 256, 4 * 16 * (128 + 4 * tile),
            weights, rows, matrix.Pieces, rounded, steps, sums, tokens, 0, rows, rows, problem.Matrix.Scale, 0f, 0f, y);
        var actual = new float[tokens * rows];
        device.Download<float>(y.Pointer, actual);

        Bits.AssertEqual(problem.Product(), actual, kernel);
    }

    /// <summary>Rows that share out unevenly, columns that leave most lanes of the last unit without any, and several units a row.</summary>
    [Theory]
    [InlineData(64, 1, 1)]
    [InlineData(132, 5, 2)]
    [InlineData(2560, 2, 1)]
    public void One_token_times_ternary_weights_has_the_processors_bits(int hidden, int heads, int kvHeads)
    {
        using CudaDevice device = EmulatedDevice.Open();
        var config = new ModelConfig(
            120, hidden, heads, kvHeads, 16, 64, 1e-5f, 10000f, 0.25f, 4096, [new LayerAttention(int.MaxValue, Rope: true)], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));
        using TritterModel model = TritterModel.Random(config, seed: 5);
        using var onDevice = new CudaModel(device, model);
        var random = new Random(hidden);
        using var values = new AlignedBuffer<sbyte>(hidden);
        using var steps = new AlignedBuffer<float>(1);
        using var sums = new AlignedBuffer<int>(1);
        for (int i = 0; i < hidden; i++)
        {
            values.Span[i] = (sbyte)random.Next(-127, 128);
            sums.Span[0] += values.Span[i];
        }

        steps.Span[0] = 1;
        using CudaBuffer rounded = device.Upload<sbyte>(values.Span);
        device.LaunchTogether("product_16", CudaPlan.Threads, onDevice.Shared.Bytes, onDevice.Plan, rounded, sums.Span[0], onDevice.Shared.Slots);

        nint at = onDevice.Heads.Pointer;
        LayerWeights layer = model.Layers[0];
        foreach (TernaryMatrix matrix in new[] { layer.Query, layer.Key, layer.Value })
        {
            using var expected = new AlignedBuffer<float>(matrix.Rows);
            TernaryMatMul.MultiplyScalar(matrix, new QuantizedRows(values.Pointer, steps.Pointer, sums.Pointer, 1, hidden), expected.Pointer, 0, matrix.Blocks);
            var actual = new float[matrix.Rows];
            device.Download<float>(at, actual);
            Bits.AssertEqual(expected.Span, actual, "product_16");
            at += matrix.Rows * sizeof(float);
        }
    }

    [Fact]
    public void Keys_and_values_move_when_a_text_grows()
    {
        using CudaDevice device = EmulatedDevice.Open();
        using var model = new TinyModel();
        using var kv = new CudaKv(device, model.Config, 64);
        const int Held = 5;
        int layer = model.Config.Layers.Count - 1, headDim = model.Config.HeadDim, head = model.Config.KvHeads - 1;
        sbyte[] values = [.. Enumerable.Range(1, Held * headDim).Select(i => (sbyte)i)];
        float[] scales = [1, 2, 3, 4, 5];
        device.Upload<sbyte>(values, kv.Values(layer) + head * 64 * headDim);
        device.Upload<float>(scales, kv.ValueScales(layer) + head * 64 * sizeof(float));

        kv.Grow(192, Held);

        var movedValues = new sbyte[values.Length];
        var movedScales = new float[Held];
        device.Download(kv.Values(layer) + head * 192 * headDim, movedValues.AsSpan());
        device.Download(kv.ValueScales(layer) + head * 192 * sizeof(float), movedScales.AsSpan());
        Assert.Equal(values, movedValues);
        Assert.Equal(scales, movedScales);
        Assert.Equal(CudaKv.BytesOf(model.Config, 192), device.AllocatedBytes);
    }
}
