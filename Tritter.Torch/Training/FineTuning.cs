using System.Diagnostics;
using Tritter.Torch.Model;
using Tritter.Torch.Packing;
using static TorchSharp.torch;

namespace Tritter.Torch.Training;

/// <summary>What a fine-tuning does. It ends at Steps or TimeLimit, whichever is given, or earlier when the held-out loss no longer falls.</summary>
/// <param name="Batch">Sequences of a step.</param>
/// <param name="EvaluateEvery">Steps between two looks at the held-out files.</param>
/// <param name="Patience">Looks without a better loss after which it ends.</param>
public sealed record FineTuningOptions(int Batch, double Rate, long Steps, TimeSpan TimeLimit, int EvaluateEvery, int Patience, float MiddleWeight = 3);

/// <summary>How a fine-tuning ended.</summary>
/// <param name="Before">Held-out loss of the model as it is, mean per token of what is filled in.</param>
/// <param name="Best">The lowest one seen; that adapter was saved, if it is lower than before.</param>
public sealed record FineTuningResult(long Steps, long Tokens, double Seconds, double Before, double Best, bool StoppedEarly);

/// <summary>Trains an adapter beside frozen weights with Adam, and keeps the best one by the loss on held-out files. One thread.</summary>
public sealed class FineTuning(LowRankAdapter adapter, Latents norms, ITernaryWeights weights, IKernels kernels, TokenData data, Validation heldOut, FineTuningOptions options)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.99;
    private const double ClipNorm = 1;

    private readonly Schedule _schedule = new(0.05, 0.5);

    /// <param name="save">Called with the adapter whenever it is the best so far.</param>
    /// <param name="report">Called after each step.</param>
    public FineTuningResult Run(Action save, Action<FineTuningProgress> report, CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        using LowRankAdapter gradients = adapter.Zeros();
        using LowRankAdapter first = adapter.Zeros();
        using LowRankAdapter second = adapter.Zeros();
        using Latents scratch = FrozenWeights.NormsOnly(norms.Config, (_, shape) => zeros(shape, dtype: ScalarType.Float32, device: norms.FinalNorm.device));
        var transformer = new Transformer(norms, kernels, adapter);
        double before = HeldOutLoss(transformer);
        double best = before;
        int worse = 0;
        long step = 0;
        long tokens = 0;
        var clock = Stopwatch.StartNew();
        while (Done(step, clock) < 1 && worse < options.Patience && !cancellation.IsCancellationRequested)
        {
            (double loss, long count) = Gradients(transformer, gradients, scratch);
            tokens += count;
            if (double.IsFinite(loss))
            {
                Update(gradients, first, second, options.Rate * _schedule.Factor(Math.Max(Done(step, clock), 1e-3)), ++step);
            }

            foreach (Tensor gradient in gradients.All)
            {
                gradient.zero_();
            }

            double? measured = null;
            // The last step of a run by the clock is not known before; what it left is measured, too.
            if (step % options.EvaluateEvery == 0 || Done(step, clock) >= 1)
            {
                measured = HeldOutLoss(transformer);
                worse = measured < best ? 0 : worse + 1;
                if (measured < best)
                {
                    best = measured.Value;
                    save();
                }
            }

            report(new FineTuningProgress(step, tokens, Math.Min(1, Done(step, clock)), clock.Elapsed, loss, measured, best));
        }

        return new FineTuningResult(step, tokens, clock.Elapsed.TotalSeconds, before, best, worse >= options.Patience);
    }

    private double Done(long step, Stopwatch clock) => options.Steps > 0 ? step / (double)options.Steps : clock.Elapsed / options.TimeLimit;

    private (double Loss, long Tokens) Gradients(Transformer transformer, LowRankAdapter gradients, Latents scratch)
    {
        using var scope = NewDisposeScope();
        Batch[] batches = [.. Enumerable.Range(0, options.Batch).Select(_ => TokenData.Batch(norms.Config, [data.Next()], options.MiddleWeight, 1, norms.FinalNorm.device))];
        double weight = batches.Sum(b => b.WeightSum);
        double sum = 0;
        foreach (Batch batch in batches)
        {
            using Tensor losses = transformer.LossesAndGradients(weights, batch, scratch, 1 / weight, gradients);
            using Tensor total = losses.sum();
            sum += total.item<float>();
            batch.Dispose();
        }

        return (sum / weight, batches.Sum(b => (long)b.Count));
    }

    private void Update(LowRankAdapter gradients, LowRankAdapter first, LowRankAdapter second, double rate, long step)
    {
        using var scope = NewDisposeScope();
        double norm = stack([.. gradients.All.Select(g => g.square().sum())]).sum().sqrt().item<float>();
        double clip = norm > ClipNorm ? ClipNorm / norm : 1;
        double correction = Math.Sqrt(1 - Math.Pow(Beta2, step)) / (1 - Math.Pow(Beta1, step));
        foreach (((Tensor weight, Tensor gradient), (Tensor m, Tensor v)) in adapter.All.Zip(gradients.All).Zip(first.All.Zip(second.All)))
        {
            gradient.mul_(clip);
            m.lerp_(gradient, 1 - Beta1);
            v.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            weight.addcdiv_(m, v.sqrt().add_(1e-8), -rate * correction);
        }
    }

    private double HeldOutLoss(Transformer transformer) => heldOut.Measure(norms.Config, transformer, weights, norms.FinalNorm.device).Values.Average();
}

/// <summary>Where a fine-tuning is after a step.</summary>
/// <param name="Done">The part of it that has passed, 0 to 1.</param>
/// <param name="HeldOut">null when it was not measured after this step.</param>
public sealed record FineTuningProgress(long Step, long Tokens, double Done, TimeSpan Elapsed, double Loss, double? HeldOut, double Best);
