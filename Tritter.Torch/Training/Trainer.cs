using System.Diagnostics;
using System.Globalization;
using Tritter.Torch.Model;
using Tritter.Torch.Packing;
using static TorchSharp.torch;

namespace Tritter.Torch.Training;

/// <summary>The training loop, on one device or several; a cancelled run still exports what it has.</summary>
public sealed class Trainer : IDisposable
{
    private readonly Replicas _replicas;
    private readonly Latents _momenta;
    private readonly Latents _second;
    private readonly TrainingOptions _options;
    private readonly TokenData _data;
    private readonly Validation? _validation;
    private readonly TextWriter _log;
    private Progress _progress = new(0, 0, 0, 0, new DataPosition(0, 0, 0));

    /// <param name="replicas">Left to the caller to dispose.</param>
    public Trainer(Replicas replicas, TokenData data, Validation? validation, TrainingOptions options, TextWriter log)
    {
        (_replicas, _data, _validation, _options, _log) = (replicas, data, validation, options, log);
        _momenta = replicas.Zeros();
        _second = replicas.Zeros();
        Directory.CreateDirectory(options.Output);
    }

    public string CheckpointPath => Path.Combine(_options.Output, "checkpoint.safetensors");

    private string MetricsPath => Path.Combine(_options.Output, "metrics.jsonl");

    /// <summary>Goes on where the checkpoint of the output folder was written; from the beginning when there is none yet.</summary>
    /// <exception cref="ModelFormatException">The checkpoint is damaged or belongs to another model.</exception>
    public void Resume()
    {
        if (!File.Exists(CheckpointPath))
        {
            _log.WriteLine("there is no checkpoint yet: starts from the beginning");
            return;
        }

        _progress = Checkpoint.Load(CheckpointPath, Parts);
        _replicas.Share();
        _data.Position = _progress.Position;
        Metrics.Forget(MetricsPath, _progress.Step);
        _log.WriteLine($"goes on after step {_progress.Step}");
    }

    public void Run(CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        using var metrics = new StreamWriter(MetricsPath, append: _progress.Step > 0) { AutoFlush = true };
        var muon = new Muon(_replicas.Owned, _replicas.Gradients, _momenta);
        var adam = new AdamW(_replicas.Owned, _replicas.Gradients, _momenta, _second);
        var clock = Stopwatch.StartNew();
        double before = _progress.Seconds;
        TimeSpan exported = TimeSpan.Zero;
        TimeSpan saved = TimeSpan.Zero;
        long tokensHere = 0;
        if (_progress.Step == 0)
        {
            Measure(metrics);
        }

        clock.Restart();
        while (Done(before + clock.Elapsed.TotalSeconds) < 1 && !cancellation.IsCancellationRequested)
        {
            TimeSpan started = clock.Elapsed;
            double factor = _options.Schedule.Factor(Done(before + started.TotalSeconds));
            (double loss, double norm, long tokens) = _replicas.Step([.. Enumerable.Range(0, _options.Batch).Select(_ => _data.Next())], _options.Micro, _options.MiddleWeight);
            bool spike = SpikeGuard.Refuses(_progress.Step, loss, norm, _progress.MeanLoss);
            long step = _progress.Step + 1;
            if (!spike)
            {
                Clip(_replicas.Gradients, norm, _options.ClipNorm);
                double momentum = Math.Min(TrainingOptions.Momentum, 0.85 + 0.1 * step / 100);
                muon.Step(_options.MatrixRate * factor, momentum, _options.WeightDecay);
                adam.Step(_options.VectorRate * factor, step);
                _replicas.Share();
            }

            _replicas.Forget();

            tokensHere += tokens;
            double seconds = before + clock.Elapsed.TotalSeconds;
            double mean = spike ? _progress.MeanLoss : _progress.Step == 0 ? loss : 0.95 * _progress.MeanLoss + 0.05 * loss;
            _progress = new Progress(step, _progress.Tokens + tokens, seconds, mean, _data.Position);
            metrics.WriteLine(Metrics.Step(_progress, loss, norm, factor, tokens / (clock.Elapsed - started).TotalSeconds, spike));
            if (step % 10 == 0 || step <= 3)
            {
                _log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"step {step}  {_progress.Tokens / 1e6:F1} M tokens  {seconds:F0} s  {100 * Done(seconds):F1} %  loss {loss:F4}  norm {norm:F3}  rate x {factor:F3}  {tokensHere / clock.Elapsed.TotalSeconds / 1e3:F1} k tokens/s"));
            }

            if (_options.ValidateEvery > 0 && step % _options.ValidateEvery == 0)
            {
                Measure(metrics);
            }

            if (clock.Elapsed - exported > _options.ExportEvery && _options.ExportEvery > TimeSpan.Zero)
            {
                exported = clock.Elapsed;
                PackedExport.Save(_replicas.Latents, Path.Combine(_options.Output, "model.safetensors"));
            }

            if (clock.Elapsed - saved > _options.CheckpointEvery && _options.CheckpointEvery > TimeSpan.Zero)
            {
                saved = clock.Elapsed;
                Checkpoint.Save(CheckpointPath, _progress, Parts);
            }
        }

        PackedExport.Save(_replicas.Latents, Path.Combine(_options.Output, "model.safetensors"));
        Measure(metrics);
        metrics.Dispose();
        LatentFiles.SaveRounded(_replicas.Latents, Path.Combine(_options.Output, "latents"));
        Checkpoint.Save(CheckpointPath, _progress, Parts);
        LossPlot.Write(MetricsPath, Path.Combine(_options.Output, "loss.svg"));
        ModelCard.Write(Path.Combine(_options.Output, "TRAINING.md"), _options, _replicas.Config, _progress, MetricsPath);
        _log.WriteLine($"{_progress.Step} steps, {_progress.Tokens} tokens; the model, latents/, checkpoint.safetensors, metrics.jsonl, loss.svg and TRAINING.md are in {_options.Output}");
    }

    /// <summary>Scales all gradients down together when their norm is larger than the largest allowed.</summary>
    internal static void Clip(Latents gradients, double norm, double largest)
    {
        if (norm > largest)
        {
            foreach ((_, Tensor gradient) in gradients.All)
            {
                gradient.mul_(largest / norm);
            }
        }
    }

    public void Dispose()
    {
        _momenta.Dispose();
        _second.Dispose();
    }

    private (string, Latents)[] Parts => [("latents", _replicas.Owned), ("momentum", _momenta), ("second", _second)];

    /// <summary>The part of the run that has passed.</summary>
    private double Done(double seconds) => _options.Steps > 0 ? _progress.Step / (double)_options.Steps : seconds / _options.TimeLimit.TotalSeconds;

    private void Measure(StreamWriter metrics)
    {
        if (_validation is null)
        {
            return;
        }

        SortedDictionary<string, double> losses = _replicas.Measure(_validation);
        metrics.WriteLine(Metrics.Validation(_progress, losses));
        _log.WriteLine($"validation at step {_progress.Step}: " + string.Join("  ", losses.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Key} {l.Value:F4}"))));
    }
}
