using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Tritter.Inference.Model;
using Tritter.Torch.Cuda;
using Tritter.Torch.Model;
using Tritter.Torch.Native;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train check: what the device's own kernels compute against the plain formulas, and how fast they are.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "config.json of the model", Required = true };
        var from = new Option<string?>("--from") { Description = "Latents; without it a new model is drawn" };
        var data = new Option<string>("--data") { Description = "Folder with train-*.tokens", Required = true };
        var micro = new Option<int>("--micro") { Description = "Sequences of the timed batch", DefaultValueFactory = _ => 16 };
        var eager = new Option<bool>("--time-eager") { Description = "Time the plain formulas, too" };
        var fusions = new Option<bool>("--fusions") { Description = "Time the step with each group of fused kernels replaced by the plain formulas" };
        var command = new Command("check", "Compares the CUDA kernels with the plain formulas and times both.") { config, from, data, micro, eager, fusions };
        command.SetAction(parse =>
        {
            TorchLibraries.Load();
            using var noGrad = no_grad();
            ModelConfig shape = ModelConfig.Load(parse.GetValue(config)!);
            var place = new Device("cuda");
            InitializeDevice(place);
            using Latents latents = parse.GetValue(from) is { } source ? LatentFiles.Load(shape, source, place) : Latents.Random(shape, 1, place);
            using var fused = new CudaKernels(shape);
            using var plain = new EagerKernels(shape, ScalarType.BFloat16);
            var tokens = new TokenData(parse.GetValue(data)!);
            using (Batch small = TokenData.Batch(shape, [tokens.Next()], 3, 1, place))
            {
                Kernels(latents, fused, plain, small);
                Gradients(latents, fused, plain, small);
            }

            using Batch large = TokenData.Batch(shape, [.. Enumerable.Range(0, parse.GetValue(micro)).Select(_ => tokens.Next())], 3, 1, place);
            Time("fused", latents, fused, large);
            using Batch less = TokenData.Batch(shape, [tokens.Next(), tokens.Next()], 3, 1, place);
            if (parse.GetValue(fusions))
            {
                // Attention by the plain formulas keeps all scores: a few sequences are what there is memory for.
                Time("fused, 2 sequences", latents, fused, less);
                foreach (string group in PartlyFused.Groups)
                {
                    using var partly = new PartlyFused(fused, plain, group);
                    Time($"without {group}", latents, partly, group == "attention" ? less : large);
                }
            }

            if (parse.GetValue(eager))
            {
                Time("plain, 2 sequences", latents, plain, less);
            }

            return 0;
        });
        return command;
    }

    private static void Kernels(Latents latents, IKernels fused, IKernels plain, Batch batch)
    {
        using var scope = NewDisposeScope();
        ModelConfig config = latents.Config;
        Device device = latents.Embedding.device;
        Tensor Wide(long n) => randn([batch.Count, n], dtype: ScalarType.Float32, device: device);
        Tensor Half(long n) => Wide(n).to(ScalarType.BFloat16);
        int h = config.HiddenSize;
        Tensor x = Wide(h);
        Tensor branch = Half(h);
        Tensor gateUp = Half(2 * config.IntermediateSize);
        Tensor qkv = Half(config.QuerySize + 2 * config.KvSize);
        Compare("norm", fused.Norm(x, latents.InputNorm[0], true).Y, plain.Norm(x, latents.InputNorm[0], true).Y);
        Compare("norm bf16", fused.Norm(branch, latents.InputNorm[0], false).Y, plain.Norm(branch, latents.InputNorm[0], false).Y);
        (Tensor H, Tensor Y, Tensor Statistics) a = fused.AddNorm(x, branch, latents.PreMlpNorm[0]);
        (Tensor H, Tensor Y, Tensor Statistics) b = plain.AddNorm(x, branch, latents.PreMlpNorm[0]);
        Compare("add norm: h", a.H, b.H);
        Compare("add norm: y", a.Y, b.Y);
        Compare("add norm: statistics", a.Statistics, b.Statistics);
        Compare("norm add", fused.NormAdd(x, branch, latents.PostMlpNorm[0]).X, plain.NormAdd(x, branch, latents.PostMlpNorm[0]).X);
        Compare("gated norm", fused.GatedNorm(gateUp, latents.FfnSubNorm[0]).Y, plain.GatedNorm(gateUp, latents.FfnSubNorm[0]).Y);
        (Tensor fq, Tensor fk) = fused.Heads(qkv, latents.QueryNorm[0], latents.KeyNorm[0], batch, true);
        (Tensor pq, Tensor pk) = plain.Heads(qkv, latents.QueryNorm[0], latents.KeyNorm[0], batch, true);
        Compare("heads: q", fq, pq);
        Compare("heads: k", fk, pk);
        Tensor v = qkv.narrow(1, config.QuerySize + config.KvSize, config.KvSize).view(-1, config.KvHeads, config.HeadDim);
        Tensor d = Half(config.QuerySize).view(-1, config.Heads, config.HeadDim);
        foreach (int window in new[] { int.MaxValue, 64 })
        {
            IAttention fa = fused.Attend(pq, pk, v, batch, window);
            IAttention pa = plain.Attend(pq, pk, v, batch, window);
            Compare($"attention, window {window}", fa.Output, pa.Output);
            (Tensor dq, Tensor dk, Tensor dv) = fa.Backward(d);
            (Tensor eq, Tensor ek, Tensor ev) = pa.Backward(d);
            Compare("  dq", dq, eq);
            Compare("  dk", dk, ek);
            Compare("  dv", dv, ev);
        }

        (Tensor Y, Tensor Statistics) of = plain.Norm(x, latents.InputNorm[0], true);
        Backward("norm back into", h, w => { Tensor r = x.clone(); fused.NormBackwardInto(r, branch, x, latents.InputNorm[0], of.Statistics, w, true); return r; },
            w => { Tensor r = x.clone(); plain.NormBackwardInto(r, branch, x, latents.InputNorm[0], of.Statistics, w, true); return r; });
        Tensor half = x.to(ScalarType.BFloat16);
        (_, Tensor halfStatistics) = plain.Norm(half, latents.InputNorm[0], true);
        Backward("norm back", h, w => fused.NormBackward(branch, half, latents.InputNorm[0], halfStatistics, w), w => plain.NormBackward(branch, half, latents.InputNorm[0], halfStatistics, w));
        Backward("norm back, f32", h, w => fused.NormBackward(x, half, latents.InputNorm[0], halfStatistics, w), w => plain.NormBackward(x, half, latents.InputNorm[0], halfStatistics, w));
        (_, Tensor gatedStatistics) = plain.GatedNorm(gateUp, latents.FfnSubNorm[0]);
        Tensor dg = Half(config.IntermediateSize);
        Backward("gated back", config.IntermediateSize, w => fused.GatedNormBackward(dg, gateUp, latents.FfnSubNorm[0], gatedStatistics, w), w => plain.GatedNormBackward(dg, gateUp, latents.FfnSubNorm[0], gatedStatistics, w));
        Tensor dkh = Half(config.KvSize).view(-1, config.KvHeads, config.HeadDim);
        Backward("heads back", config.HeadDim, w => fused.HeadsBackward(d, dkh, dkh, qkv, latents.QueryNorm[0], latents.KeyNorm[0], batch, true, w, zeros_like(w)),
            w => plain.HeadsBackward(d, dkh, dkh, qkv, latents.QueryNorm[0], latents.KeyNorm[0], batch, true, w, zeros_like(w)));
        Tensor logits = Half(config.VocabSize) * 3;
        Tensor other = logits.clone();
        Compare("cross-entropy", fused.CrossEntropy(logits, batch.Targets, batch.Weights, 1), plain.CrossEntropy(other, batch.Targets, batch.Weights, 1));
        Compare("cross-entropy back", logits, other);

        void Backward(string name, int width, Func<Tensor, Tensor> one, Func<Tensor, Tensor> two)
        {
            Tensor w1 = zeros([width], dtype: ScalarType.Float32, device: device);
            Tensor w2 = zeros_like(w1);
            Compare(name, one(w1), two(w2));
            Compare("  weight", w1, w2);
        }
    }

    private static void Gradients(Latents latents, IKernels fused, IKernels plain, Batch batch)
    {
        using var weights = new QuantizedWeights(latents, ScalarType.BFloat16);
        using Latents a = latents.Zeros();
        using Latents b = latents.Zeros();
        using Tensor one = new Transformer(latents, fused).LossesAndGradients(weights, batch, a, 1 / batch.WeightSum);
        using Tensor two = new Transformer(latents, plain).LossesAndGradients(weights, batch, b, 1 / batch.WeightSum);
        using var wide = new QuantizedWeights(latents, ScalarType.Float32);
        using var formulas = new EagerKernels(latents.Config, ScalarType.Float32);
        using Tensor exact = new Transformer(latents, formulas).Losses(wide, batch);
        using Tensor weighted = exact * batch.Weights;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"loss: fused {one.sum().item<float>() / batch.WeightSum:F5}, plain {two.sum().item<float>() / batch.WeightSum:F5}, in float32 {weighted.sum().item<float>() / batch.WeightSum:F5}"));
        foreach (((string name, Tensor x), (_, Tensor y)) in a.All.Zip(b.All))
        {
            Compare("gradient " + name, x, y);
        }
    }

    private static void Compare(string name, Tensor found, Tensor expected)
    {
        using var scope = NewDisposeScope();
        Tensor wide = expected.to(ScalarType.Float32);
        float difference = ((found.to(ScalarType.Float32) - wide).norm() / wide.norm()).item<float>();
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-40} {difference:E2}"));
    }

    private static void Time(string name, Latents latents, IKernels kernels, Batch batch)
    {
        using Latents gradients = latents.Zeros();
        var transformer = new Transformer(latents, kernels);
        double best = double.MaxValue;
        for (int i = 0; i < 6; i++)
        {
            cuda.synchronize();
            long start = Stopwatch.GetTimestamp();
            using var weights = new QuantizedWeights(latents, ScalarType.BFloat16);
            transformer.LossesAndGradients(weights, batch, gradients, 1 / batch.WeightSum).Dispose();
            cuda.synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {batch.Count} tokens in {best * 1000:F1} ms, {batch.Count / best / 1e3:F1} k tokens/s without the optimiser"));
    }
}
