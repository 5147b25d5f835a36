using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>The scalar path against long arithmetic, every other path against the scalar one: the same bits.</summary>
public sealed unsafe class TernaryMatMulTests
{
    private delegate void Path(TernaryMatrix weights, in QuantizedRows q, float* y, int firstBlock, int endBlock);

    private static readonly Dictionary<string, (bool IsSupported, Path Multiply)> _paths = new()
    {
        ["Avx2"] = (Avx2.IsSupported, TernaryMatMul.MultiplyAvx2),
        ["Avx512"] = (Avx512BW.IsSupported, TernaryMatMul.MultiplyAvx512),
        ["Arm"] = (Dp.IsSupported, TernaryMatMul.MultiplyArm),
        ["dispatched"] = (true, TernaryMatMul.Multiply),
    };

    /// <summary>Rows x columns of the embedded model's matrices.</summary>
    private static readonly (int Rows, int Columns)[] _modelShapes = [(768, 768), (256, 768), (2560, 768), (768, 2560)];

    public static TheoryData<string> Paths => new(_paths.Keys);

    public static TheoryData<int, int> Extremes => new MatrixTheoryData<int, int>([127, -127], [1, 0, -1]);

    [Fact]
    public void Scalar_path_is_the_exact_product_at_small_sizes() => CheckAll(TernaryMatMul.MultiplyScalar, SmallProblems(), exact: true);

    [Fact]
    public void Scalar_path_is_the_exact_product_at_the_models_sizes() => CheckAll(TernaryMatMul.MultiplyScalar, ModelProblems([2]), exact: true);

    [Theory]
    [MemberData(nameof(Paths))]
    public void Path_has_the_scalar_bits_at_small_sizes(string path) => CheckAll(Supported(path), SmallProblems(), exact: false);

    [Theory]
    [MemberData(nameof(Paths))]
    public void Path_has_the_scalar_bits_at_the_models_sizes(string path) => CheckAll(Supported(path), ModelProblems([1, 2, 7, 16, 128]), exact: false);

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Sixteen_bit_sums_do_not_overflow(int activation, int weight)
    {
        // 256 columns are the 64 groups that a 16-bit lane may take, 260 one more.
        foreach (int columns in new[] { 256, 260, 512, 2560 })
        {
            using var problem = new TernaryProblem(5, 65, columns, (_, _) => weight, (_, _) => activation);
            float[] expected = problem.Product();
            foreach ((string name, (bool supported, Path multiply)) in _paths)
            {
                if (supported)
                {
                    Bits.AssertEqual(expected, Multiply(multiply, problem), $"{name}, {problem}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_range_of_blocks_writes_its_rows_only(string path)
    {
        Path multiply = Supported(path);
        using TernaryProblem problem = TernaryProblem.Random(7, 200, 128);
        float[] whole = problem.Product();
        foreach ((int first, int end) in new[] { (0, 1), (1, 3), (3, 4), (2, 2) })
        {
            float[] expected = Enumerable.Repeat(float.NaN, whole.Length).ToArray();
            for (int i = 0; i < whole.Length; i++)
            {
                int block = i % problem.Rows / TernaryMatrix.BlockRows;
                expected[i] = block >= first && block < end ? whole[i] : float.NaN;
            }

            Bits.AssertEqual(expected, Multiply(multiply, problem, first, end), $"blocks {first} to {end}");
        }
    }

    private static IEnumerable<TernaryProblem> SmallProblems() =>
        from tokens in new[] { 1, 2, 3, 4, 5, 6, 7, 16, 128 }
        from rows in new[] { 1, 2, 7, 16, 128 }
        from columns in new[] { 4, 8, 16, 28, 64, 128 }
        select TernaryProblem.Random(tokens, rows, columns);

    private static IEnumerable<TernaryProblem> ModelProblems(int[] tokens) =>
        from count in tokens
        from shape in _modelShapes
        select TernaryProblem.Random(count, shape.Rows, shape.Columns);

    private static Path Supported(string path)
    {
        (bool supported, Path multiply) = _paths[path];
        Assert.SkipUnless(supported, $"this processor has no {path}");
        return multiply;
    }

    private static void CheckAll(Path multiply, IEnumerable<TernaryProblem> problems, bool exact)
    {
        foreach (TernaryProblem problem in problems)
        {
            using (problem)
            {
                float[] expected = exact ? problem.Product() : Multiply(TernaryMatMul.MultiplyScalar, problem);
                Bits.AssertEqual(expected, Multiply(multiply, problem), problem.ToString());
            }
        }
    }

    private static float[] Multiply(Path multiply, TernaryProblem problem, int firstBlock = 0, int? endBlock = null)
    {
        using var y = new AlignedBuffer<float>((long)problem.Tokens * problem.Rows);
        y.Span.Fill(float.NaN);
        multiply(problem.Matrix, problem.Activations, y.Pointer, firstBlock, endBlock ?? problem.Matrix.Blocks);
        return y.Span.ToArray();
    }
}
