using System.Runtime.InteropServices;
using System.Text.Json;
using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>
/// What a fine-tuning learns: for each targeted matrix W of each layer a pair A [rank, in] and B [out, rank], with W + alpha/rank · B · A in
/// the place of W (LoRA, arXiv:2106.09685). B begins at zero, so that training begins with the model as it is. Float32.
/// </summary>
public sealed class LowRankAdapter : IDisposable
{
    /// <summary>Every matrix that can be targeted, by PEFT's name of its module.</summary>
    public static IReadOnlyList<string> AllTargets { get; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    private readonly Dictionary<string, (Tensor A, Tensor B)> _pairs = [];

    private LowRankAdapter(ModelConfig config, int rank, double alpha, IReadOnlyList<string> targets, Func<string, long[], Tensor> make)
    {
        (Config, Rank, Alpha, Targets) = (config, rank, alpha, targets);
        foreach (string target in targets)
        {
            (long rows, long columns) = Shape(config, target);
            _pairs[target] = (make(target + ".lora_A", [config.Layers.Count, rank, columns]).DetachFromDisposeScope(), make(target + ".lora_B", [config.Layers.Count, rows, rank]).DetachFromDisposeScope());
        }
    }

    public ModelConfig Config { get; }
    public int Rank { get; }
    public double Alpha { get; }
    public IReadOnlyList<string> Targets { get; }
    public double Scale => Alpha / Rank;

    /// <summary>All tensors in an order that stays: [layers, rank, in] and [layers, out, rank] of each target.</summary>
    public IReadOnlyList<Tensor> All => [.. Targets.SelectMany(t => new[] { _pairs[t].A, _pairs[t].B })];

    public long Parameters => All.Sum(t => t.numel());

    /// <summary>A drawn as PEFT does, uniformly within 1/sqrt(in); B zero.</summary>
    /// <exception cref="InvalidDataException">A target does not exist.</exception>
    public static LowRankAdapter New(ModelConfig config, int rank, double alpha, IReadOnlyList<string> targets, long seed, Device device)
    {
        if (targets.FirstOrDefault(t => !AllTargets.Contains(t)) is { } unknown)
        {
            throw new InvalidDataException($"there is no target '{unknown}': it is one of {string.Join(", ", AllTargets)}");
        }

        using var generator = new Generator((ulong)seed);
        return new LowRankAdapter(config, rank, alpha, [.. AllTargets.Where(targets.Contains)], (name, shape) =>
        {
            using Tensor drawn = name.EndsWith("_A", StringComparison.Ordinal) ? rand(shape, dtype: ScalarType.Float32, generator: generator).sub_(0.5).mul_(2 / Math.Sqrt(shape[2])) : zeros(shape, dtype: ScalarType.Float32);
            return drawn.to(device, copy: true);
        });
    }

    /// <summary>The same shapes, all zero.</summary>
    public LowRankAdapter Zeros() => new(Config, Rank, Alpha, Targets, (name, shape) => zeros(shape, dtype: ScalarType.Float32, device: All[0].device));

    /// <summary>null when the matrix is not targeted.</summary>
    public (Tensor A, Tensor B)? Of(string target, int layer) => _pairs.TryGetValue(target, out (Tensor A, Tensor B) pair) ? (pair.A[layer], pair.B[layer]) : null;

    /// <summary>Writes adapter_config.json and adapter_model.safetensors as PEFT does.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Save(string folder, string baseModel)
    {
        Directory.CreateDirectory(folder);
        var writer = new SafetensorsWriter();
        foreach (string target in Targets)
        {
            string module = target is "gate_proj" or "up_proj" or "down_proj" ? "mlp." + target : "attention." + target;
            for (int i = 0; i < Config.Layers.Count; i++)
            {
                Add($"base_model.model.model.layers.{i}.{module}.lora_A.weight", _pairs[target].A[i]);
                Add($"base_model.model.model.layers.{i}.{module}.lora_B.weight", _pairs[target].B[i]);
            }
        }

        writer.Save(Path.Combine(folder, "adapter_model.safetensors"), new Dictionary<string, string> { ["format"] = "pt" });
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), JsonSerializer.Serialize(new
        {
            peft_type = "LORA",
            task_type = "CAUSAL_LM",
            base_model_name_or_path = baseModel,
            r = Rank,
            lora_alpha = Alpha,
            lora_dropout = 0.0,
            target_modules = Targets,
            bias = "none",
            fan_in_fan_out = false,
            inference_mode = true,
            init_lora_weights = true,
            use_dora = false,
            use_rslora = false,
        }, _indented) + "\n");

        void Add(string name, Tensor tensor)
        {
            float[] floats = PackedExport.Floats(tensor);
            writer.Add(name, TensorType.F32, tensor.shape, floats.Length * 4L, () => MemoryMarshal.AsBytes<float>(floats).ToArray());
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in All)
        {
            tensor.Dispose();
        }
    }

    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    internal static (long Rows, long Columns) Shape(ModelConfig config, string target) => target switch
    {
        "q_proj" => (config.QuerySize, config.HiddenSize),
        "k_proj" or "v_proj" => (config.KvSize, config.HiddenSize),
        "o_proj" => (config.HiddenSize, config.QuerySize),
        "down_proj" => (config.HiddenSize, config.IntermediateSize),
        _ => (config.IntermediateSize, config.HiddenSize),
    };
}
