using Tritter.Inference.Cuda;
using Tritter.Inference.Kernels;
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
        device.Launch(kernel, (rows + 127) / 128, (tokens + tile - 1) / tile, 256, 4 * 16 * (128 + 4 * tile), false,
            weights, rows, matrix.Pieces, rounded, steps, sums, tokens, 0, rows, rows, problem.Matrix.Scale, 0f, 0f, y);
        var actual = new float[tokens * rows];
        device.Download<float>(y.Pointer, actual);

        Bits.AssertEqual(problem.Product(), actual, kernel);
    }

    [Theory]
    [InlineData(64, 64, 16)]
    [InlineData(201, 132, 16)]
    [InlineData(40, 2560, 32)]
    public void One_token_times_ternary_weights_is_the_processors_product_of_what_the_device_rounded(int rows, int columns, int lanes)
    {
        using CudaDevice device = EmulatedDevice.Open();
        using var problem = TernaryProblem.Random(1, rows, columns);
        using CudaBuffer weights = device.Upload<uint>(CudaMatrix.Stack(problem.Matrix));
        var matrix = new CudaMatrix(weights.Pointer, rows, columns);
        int padded = matrix.Pieces * CudaMatrix.PieceColumns;
        var random = new Random(columns);
        float[] x = [.. Enumerable.Range(0, columns).Select(_ => 4 * random.NextSingle() - 1)];
        float[] norm = [.. Enumerable.Range(0, columns).Select(_ => random.NextSingle() + 0.5f)];
        using CudaBuffer input = device.Upload<float>(x);
        using CudaBuffer weight = device.Upload<float>(norm);
        using CudaBuffer rounded = device.Allocate(padded);
        using CudaBuffer step = device.Allocate(16);
        using CudaBuffer sum = device.Allocate(16);
        using CudaBuffer y = device.Allocate(rows * sizeof(float));
        device.Launch("prefill_round", 1, 1, 256, columns * sizeof(float), false, input, 0, 0, weight, columns, 1e-5f, padded, rounded, step, sum);
        device.Launch("decode_matrix", 2, 1, 256, 2 * columns * sizeof(float) + padded, false, input, weight, columns, 1e-5f, weights, rows, matrix.Pieces, lanes, problem.Matrix.Scale, 0, y, 0, 0, 1);
        using var values = new AlignedBuffer<sbyte>(padded);
        using var steps = new AlignedBuffer<float>(1);
        using var sums = new AlignedBuffer<int>(1);
        using var expected = new AlignedBuffer<float>(rows);
        using var normed = new AlignedBuffer<float>(columns);
        var actual = new float[rows];
        device.Download(rounded.Pointer, values.Span);
        device.Download(step.Pointer, steps.Span);
        device.Download(sum.Pointer, sums.Span);
        device.Download<float>(y.Pointer, actual);

        TernaryMatMul.MultiplyScalar(problem.Matrix, new QuantizedRows(values.Pointer, steps.Pointer, sums.Pointer, 1, columns), expected.Pointer, 0, problem.Matrix.Blocks);
        Bits.AssertEqual(expected.Span, actual, "decode_matrix");

        // What was rounded is the normalised row, to a step and the float noise of another order of sums.
        fixed (float* from = x, w = norm)
        {
            LayerNorm.Scalar(from, w, normed.Pointer, columns, 1e-5f);
        }

        for (int i = 0; i < columns; i++)
        {
            Assert.InRange(values.Span[i] * steps.Span[0] - normed.Span[i], -0.501f * steps.Span[0], 0.501f * steps.Span[0]);
        }

        Assert.All(values.Span[columns..].ToArray(), v => Assert.Equal(0, v));
        Assert.Equal(values.Span.ToArray().Sum(v => v), sums.Span[0]);
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

        kv.Grow(model.Config, 192, Held);

        var movedValues = new sbyte[values.Length];
        var movedScales = new float[Held];
        device.Download(kv.Values(layer) + head * 192 * headDim, movedValues.AsSpan());
        device.Download(kv.ValueScales(layer) + head * 192 * sizeof(float), movedScales.AsSpan());
        Assert.Equal(values, movedValues);
        Assert.Equal(scales, movedScales);
        Assert.Equal(CudaKv.BytesOf(model.Config, 192), device.AllocatedBytes);
    }
}
