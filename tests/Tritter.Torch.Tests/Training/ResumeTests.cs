using System.Diagnostics;
using System.Text.Json;
using Tritter.Torch.Model;
using Tritter.Torch.Native;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests.Training;

public sealed class ResumeTests : IDisposable
{
    private readonly TinyRun _run = new();

    public ResumeTests() => TorchLibraries.Load();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Steps_in_two_parts_give_the_bits_of_steps_in_one()
    {
        using (Latents latents = TinyRun.Latents(1))
        using (Replicas replicas = TinyRun.Replicas(latents, 1))
        using (Trainer trainer = _run.Trainer(replicas, "straight", 12, TextWriter.Null))
        {
            trainer.Run(CancellationToken.None);
        }

        using var stop = new CancellationTokenSource();
        using (Latents latents = TinyRun.Latents(1))
        using (Replicas replicas = TinyRun.Replicas(latents, 1))
        using (Trainer trainer = _run.Trainer(replicas, "parts", 12, new StopAt(stop, "step 3 ")))
        {
            trainer.Run(stop.Token);
        }

        // Other random weights, which the checkpoint must replace to the last one.
        using (Latents latents = TinyRun.Latents(2))
        using (Replicas replicas = TinyRun.Replicas(latents, 1))
        using (Trainer trainer = _run.Trainer(replicas, "parts", 12, TextWriter.Null))
        {
            trainer.Resume();
            trainer.Run(CancellationToken.None);
        }

        Assert.Equal(File.ReadAllBytes(Output("straight", "model.safetensors")), File.ReadAllBytes(Output("parts", "model.safetensors")));
        Assert.Equal(Tensors(Output("straight", "checkpoint.safetensors")), Tensors(Output("parts", "checkpoint.safetensors")));
        Assert.Equal(Losses("straight"), Losses("parts"));
    }

    [Fact]
    public async Task A_run_that_was_killed_goes_on_and_ends_as_if_nothing_had_happened()
    {
        await End(Start("straight", "--steps", "30"));
        using (Process killed = Start("killed", "--steps", "30", "--checkpoint-every", "0.00001"))
        {
            string metrics = Output("killed", "metrics.jsonl");
            while (!killed.HasExited && (!File.Exists(Output("killed", "checkpoint.safetensors")) || File.ReadLines(metrics).Count() < 5))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            // SIGKILL: nothing of the process runs after this.
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.False(File.Exists(Output("killed", "model.safetensors")), "it ended before it could be killed");
        }

        await End(Start("killed", "--steps", "30", "--resume"));

        Assert.Equal(File.ReadAllBytes(Output("straight", "model.safetensors")), File.ReadAllBytes(Output("killed", "model.safetensors")));
        Assert.Equal(Losses("straight"), Losses("killed"));
    }

    [Fact]
    public async Task A_run_by_the_clock_ends_by_the_clock()
    {
        string log = await End(Start("clock", "--time-limit", "0.02"));
        Assert.Contains("latents/, checkpoint.safetensors", log, StringComparison.Ordinal);
        JsonElement last = JsonDocument.Parse(File.ReadLines(Output("clock", "metrics.jsonl")).Last(l => l.Contains("\"rate\"", StringComparison.Ordinal))).RootElement;
        // On a slow machine one step takes all of the time; that it ends at all is the clock's doing.
        Assert.True(last.GetProperty("step").GetInt64() >= 1);
        Assert.InRange(last.GetProperty("rate").GetDouble(), 0, 0.9);
    }

    [Fact]
    public void Training_lowers_the_loss_and_the_metrics_tell_of_every_step()
    {
        using Latents latents = TinyRun.Latents(1);
        using Replicas replicas = TinyRun.Replicas(latents, 1);
        using Trainer trainer = _run.Trainer(replicas, "loss", 30, TextWriter.Null);
        trainer.Run(CancellationToken.None);
        double[] losses = Losses("loss");
        Assert.Equal(30, losses.Length);
        Assert.True(losses[^1] < 0.8 * losses[0], $"{losses[0]} became {losses[^1]}");
        Assert.Contains("| 30 |", File.ReadAllText(Output("loss", "TRAINING.md")), StringComparison.Ordinal);
        Assert.Contains("polyline", File.ReadAllText(Output("loss", "loss.svg")), StringComparison.Ordinal);
        double[] validations = [.. File.ReadLines(Output("loss", "metrics.jsonl")).Where(l => l.Contains("validation", StringComparison.Ordinal))
            .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("validation").GetProperty("val-cs").GetDouble())];
        Assert.Equal(2, validations.Length);
        Assert.True(validations[1] < 0.8 * validations[0], $"{validations[0]} became {validations[1]}");
    }

    [Fact]
    public void Lines_behind_the_checkpoint_are_forgotten_and_so_is_one_that_was_cut_off()
    {
        string path = Path.Combine(_run.Data, "metrics.jsonl");
        File.WriteAllLines(path, ["{\"step\":1,\"loss\":2}", "{\"step\":2,\"loss\":2}", "{\"step\":3,\"loss\":2}", "{\"step\":4,\"lo"]);
        Metrics.Forget(path, 2);
        Assert.Equal(["{\"step\":1,\"loss\":2}", "{\"step\":2,\"loss\":2}"], File.ReadAllLines(path));
    }

    [Fact]
    public void Latents_in_several_files_come_back_as_those_in_one()
    {
        using Latents latents = TinyRun.Latents(4);
        LatentFiles.SaveRounded(latents, _run.Folder("one/latents"));
        LatentFiles.SaveRounded(latents, _run.Folder("many/latents"), mostBytes: 20_000);
        string[] files = Directory.GetFiles(_run.Folder("many/latents"), "*.safetensors");
        Assert.Single(Directory.GetFiles(_run.Folder("one/latents"), "*.safetensors"));
        Assert.InRange(files.Length, 5, 100);
        using Latents one = LatentFiles.Load(latents.Config, _run.Folder("one"), CPU);
        using Latents many = LatentFiles.Load(latents.Config, _run.Folder("many"), CPU);
        Assert.All(one.All.Zip(many.All), p => Assert.True(p.First.Tensor.equal(p.Second.Tensor).all().item<bool>(), p.First.Name));
        // What was rounded once is not rounded again: a run may be carried on any number of times.
        LatentFiles.SaveRounded(many, _run.Folder("again/latents"));
        using Latents again = LatentFiles.Load(latents.Config, _run.Folder("again"), CPU);
        Assert.All(one.All.Zip(again.All), p => Assert.True(p.First.Tensor.equal(p.Second.Tensor).all().item<bool>(), p.First.Name));
        File.Delete(files[2]);
        Assert.Throws<Inference.Model.ModelFormatException>(() => LatentFiles.Load(latents.Config, _run.Folder("many"), CPU));
    }

    private string Output(string run, string file) => Path.Combine(_run.Folder(run), file);

    private double[] Losses(string run) => [.. File.ReadLines(Output(run, "metrics.jsonl")).Where(l => l.Contains("\"loss\"", StringComparison.Ordinal))
        .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("loss").GetDouble())];

    /// <summary>A safetensors file without its header, in which stands how long the run took.</summary>
    private static byte[] Tensors(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        return file[(8 + (int)BitConverter.ToInt64(file))..];
    }

    private Process Start(string output, params string[] more) => TrainProcess.Start(
        ["run", "--config", TinyRun.Config, "--data", _run.Data, "--validation", _run.Data, "--out", _run.Folder(output), "--batch", "4", "--micro", "2", "--threads", "1", .. more]);

    private static async Task<string> End(Process process)
    {
        using (process)
        {
            string log = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, log);
            return log;
        }
    }

    /// <summary>Asks to stop when a line begins with certain words.</summary>
    private sealed class StopAt(CancellationTokenSource stop, string words) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            if (value!.StartsWith(words, StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        }
    }
}
