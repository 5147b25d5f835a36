using System.Runtime.InteropServices;
using Tritter.Inference.Model;
using Tritter.Torch.Model;
using static TorchSharp.torch;
using static Tritter.Torch.Cuda.CudaModule;

namespace Tritter.Torch.Cuda;

/// <summary>The fused kernels of kernels.cu, in bf16, with libtorch's flash attention.</summary>
public sealed partial class CudaKernels : IKernels
{
    /// <summary>Blocks that walk over the rows: several for each processor of the largest device.</summary>
    private const int Blocks = 132 * 16;
    private const int BackwardBlocks = 132 * 6;
    private const int Warps = 8;

    private readonly ModelConfig _config;
    private readonly CudaModule _module;
    private readonly FlashAttention _attention;

    /// <param name="device">Number of the CUDA device; tensors of others are not taken.</param>
    /// <exception cref="NotSupportedException">The model's shape has no kernel, or CUDA is not there.</exception>
    public CudaKernels(ModelConfig config, int device = 0)
    {
        if (config.HiddenSize % 8 != 0 || config.IntermediateSize % 8 != 0 || config.QuerySize % 8 != 0 || config.VocabSize % 8 != 0 || config.IntermediateSize > 8192 || config.HeadDim > 64)
        {
            throw new NotSupportedException("the CUDA kernels need widths that are multiples of 8 (at most 8192) and heads of at most 64");
        }

        _config = config;
        using Stream stream = typeof(CudaKernels).Assembly.GetManifestResourceStream("kernels.cu")!;
        using var reader = new StreamReader(stream);
        _module = new CudaModule(reader.ReadToEnd(), Environment.GetEnvironmentVariable("TRITTER_CUDA_ARCH") ?? "sm_90", device);
        _attention = new FlashAttention(config.AttentionScale);
    }

    public (Tensor Y, Tensor Statistics) Norm(Tensor x, Tensor weight, bool quantize)
    {
        long rows = x.shape[0];
        int n = (int)x.shape[1];
        Tensor y = Half(rows, n, x);
        Tensor statistics = Wide(rows, 2, x);
        _module.Launch(x.dtype == ScalarType.Float32 ? "norm_f32" : "norm_bf16", Grid(rows), Threads(n),
            At(x), At(weight), At(y), At(statistics), rows, n, _config.NormEpsilon, quantize ? 1 : 0);
        return (y, statistics);
    }

    public (Tensor H, Tensor Y, Tensor Statistics) AddNorm(Tensor x, Tensor branch, Tensor weight)
    {
        long rows = x.shape[0];
        int n = (int)x.shape[1];
        Tensor h = Wide(rows, n, x);
        Tensor y = Half(rows, n, x);
        Tensor statistics = Wide(rows, 2, x);
        _module.Launch("add_norm", Grid(rows), Threads(n), At(x), At(branch), At(weight), At(h), At(y), At(statistics), rows, n, _config.NormEpsilon);
        return (h, y, statistics);
    }

    public (Tensor X, Tensor Statistics) NormAdd(Tensor h, Tensor branch, Tensor weight)
    {
        long rows = h.shape[0];
        int n = (int)h.shape[1];
        Tensor x = Wide(rows, n, h);
        Tensor statistics = Wide(rows, 2, h);
        _module.Launch("norm_add", Grid(rows), Threads(n), At(h), At(branch), At(weight), At(x), At(statistics), rows, n, _config.NormEpsilon);
        return (x, statistics);
    }

    public (Tensor Y, Tensor Statistics) GatedNorm(Tensor gateUp, Tensor weight)
    {
        long rows = gateUp.shape[0];
        int n = _config.IntermediateSize;
        Tensor y = Half(rows, n, gateUp);
        Tensor statistics = Wide(rows, 2, gateUp);
        _module.Launch("gated_norm", Grid(rows), Threads(n), At(gateUp), At(weight), At(y), At(statistics), rows, n, _config.NormEpsilon);
        return (y, statistics);
    }

    public (Tensor Query, Tensor Key) Heads(Tensor qkv, Tensor queryWeight, Tensor keyWeight, Batch batch, bool rope)
    {
        long rows = qkv.shape[0];
        Tensor q = empty([rows, _config.Heads, _config.HeadDim], dtype: ScalarType.BFloat16, device: qkv.device);
        Tensor k = empty([rows, _config.KvHeads, _config.HeadDim], dtype: ScalarType.BFloat16, device: qkv.device);
        _module.Launch("heads", Blocks, Warps * 32, At(qkv), At(queryWeight), At(keyWeight), At(batch.Positions), At(batch.Cos), At(batch.Sin), At(q), At(k),
            rows, _config.Heads, _config.KvHeads, _config.HeadDim / 2, _config.NormEpsilon, rope ? 1 : 0);
        return (q, k);
    }

    public Tensor NormBackward(Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient)
    {
        long rows = x.shape[0];
        int n = (int)x.shape[1];
        Tensor dx = Half(rows, n, x);
        using Tensor partial = Wide(BackwardBlocks, n, x);
        _module.Launch(dy.dtype == ScalarType.Float32 ? "norm_back_f32" : "norm_back_bf16", BackwardBlocks, Threads(n),
            At(dy), At(x), At(weight), At(statistics), At(dx), At(partial), rows, n);
        Gather(partial, weightGradient);
        return dx;
    }

    public Tensor? NormBackwardInto(Tensor residual, Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient, bool copy)
    {
        long rows = x.shape[0];
        int n = (int)x.shape[1];
        Tensor? half = copy ? Half(rows, n, x) : null;
        using Tensor partial = Wide(BackwardBlocks, n, x);
        _module.Launch("norm_back_into", BackwardBlocks, Threads(n),
            At(residual), At(dy), At(x), At(weight), At(statistics), half is null ? (nint)0 : At(half), At(partial), rows, n);
        Gather(partial, weightGradient);
        return half;
    }

    public Tensor GatedNormBackward(Tensor dy, Tensor gateUp, Tensor weight, Tensor statistics, Tensor weightGradient)
    {
        long rows = gateUp.shape[0];
        int n = _config.IntermediateSize;
        Tensor d = Half(rows, 2 * n, gateUp);
        using Tensor partial = Wide(BackwardBlocks, n, gateUp);
        _module.Launch("gated_back", BackwardBlocks, Threads(n), At(dy), At(gateUp), At(weight), At(statistics), At(d), At(partial), rows, n);
        Gather(partial, weightGradient);
        return d;
    }

    public Tensor HeadsBackward(Tensor dq, Tensor dk, Tensor dv, Tensor qkv, Tensor queryWeight, Tensor keyWeight, Batch batch, bool rope, Tensor queryWeightGradient, Tensor keyWeightGradient)
    {
        long rows = qkv.shape[0];
        int size = _config.HeadDim;
        Tensor d = empty_like(qkv);
        using Tensor q = dq.contiguous();
        using Tensor k = dk.contiguous();
        using Tensor v = dv.contiguous();
        using Tensor partial = Wide(BackwardBlocks * Warps, 2 * size, qkv);
        _module.Launch("heads_back", BackwardBlocks, Warps * 32, At(q), At(k), At(v), At(qkv), At(queryWeight), At(keyWeight), At(batch.Positions), At(batch.Cos), At(batch.Sin),
            At(d), At(partial), rows, _config.Heads, _config.KvHeads, size / 2, _config.NormEpsilon, rope ? 1 : 0);
        using Tensor sum = partial.sum([0L]);
        queryWeightGradient.add_(sum.narrow(0, 0, size));
        keyWeightGradient.add_(sum.narrow(0, size, size));
        return d;
    }

    public Tensor CrossEntropy(Tensor logits, Tensor targets, Tensor weights, double gradientScale)
    {
        long rows = logits.shape[0];
        Tensor losses = empty([rows], dtype: ScalarType.Float32, device: logits.device);
        _module.Launch("cross_entropy", (int)Math.Min(rows, 65535), 512, At(logits), At(targets), At(weights), At(losses), rows, (int)logits.shape[1], (float)gradientScale);
        return losses;
    }

    public IAttention Attend(Tensor query, Tensor key, Tensor value, Batch batch, int window) => _attention.Attend(query, key, value, batch, window);

    public void Dispose() => _module.Dispose();

    private static int Threads(int n) => (n / 8 + 31) / 32 * 32;

    private static int Grid(long rows) => (int)Math.Min(rows, Blocks);

    private static Tensor Half(long rows, int n, Tensor like) => empty([rows, n], dtype: ScalarType.BFloat16, device: like.device);

    private static Tensor Wide(long rows, int n, Tensor like) => empty([rows, n], dtype: ScalarType.Float32, device: like.device);

    private static void Gather(Tensor partial, Tensor into)
    {
        using Tensor sum = partial.sum([0L]);
        into.add_(sum);
    }

    /// <summary>Where a tensor's elements lie on the device; kernels take them row after row without gaps.</summary>
    private static nint At(Tensor tensor) => tensor.is_contiguous() ? DataPointer(tensor.Handle) : throw new NotSupportedException("a kernel was given a tensor with gaps");

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint DataPointer(nint tensor);
}
