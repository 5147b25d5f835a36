using System.Runtime.InteropServices;
using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>
/// The matrices of an exported model as they lie in its file, two bits a weight; a layer's are unpacked when a pass comes to it. What QLoRA
/// trains beside (arXiv:2305.14314), with ternary weights in the place of 4-bit ones.
/// </summary>
public sealed class FrozenWeights : ITernaryWeights
{
    private readonly ScalarType _type;
    private readonly Dictionary<string, (Tensor Packed, float Scale)[]> _matrices = [];

    private FrozenWeights(SafetensorsFile file, ModelConfig config, ScalarType type, Device device)
    {
        _type = type;
        long h = config.HiddenSize;
        foreach ((string name, long rows, long columns) in new (string, long, long)[]
        {
            ("attention.q_proj", config.QuerySize, h), ("attention.k_proj", config.KvSize, h), ("attention.v_proj", config.KvSize, h), ("attention.o_proj", h, config.QuerySize),
            ("mlp.gate_proj", config.IntermediateSize, h), ("mlp.up_proj", config.IntermediateSize, h), ("mlp.down_proj", h, config.IntermediateSize),
        })
        {
            _matrices[name] = [.. Enumerable.Range(0, config.Layers.Count).Select(i =>
            {
                string full = $"model.layers.{i}.{name}.weight";
                using Tensor bytes = tensor(file.Bytes(full + "_packed", TensorType.U8, rows, columns / 4).ToArray());
                return (bytes.view(rows, columns / 4).to(device).DetachFromDisposeScope(), file.Floats(full + "_scale", 1)[0]);
            })];
        }

        using var scope = NewDisposeScope();
        using Tensor codes = tensor(MemoryMarshal.Cast<byte, sbyte>(file.Bytes("model.embed_tokens.weight", TensorType.I8, config.VocabSize, h)).ToArray());
        using Tensor scales = tensor(file.Floats("model.embed_tokens.scale", config.VocabSize));
        Embedding = codes.view(config.VocabSize, h).to(ScalarType.Float32).mul_(scales.unsqueeze(1)).to(device).to(type).DetachFromDisposeScope();
    }

    public Tensor Embedding { get; }

    /// <summary>Bytes of the packed matrices; for comparison with what is planned.</summary>
    internal long PackedBytes => _matrices.Values.SelectMany(m => m).Sum(m => m.Packed.numel());

    /// <summary>Reads an exported model.</summary>
    /// <returns>Its matrices, and latents of which only the norms hold anything.</returns>
    /// <exception cref="ModelFormatException">The model is damaged or of another form.</exception>
    public static (FrozenWeights Weights, Latents Norms) Load(string folder, ModelConfig config, ScalarType type, Device device)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        Latents norms = NormsOnly(config, (name, shape) => name.StartsWith("model.", StringComparison.Ordinal)
            ? tensor(file.Floats(name, shape)).to(device)
            : tensor(Enumerable.Range(0, (int)shape[0]).SelectMany(i => file.Floats($"model.layers.{i}.{name}", shape[1])).ToArray()).view(shape).to(device));
        return (new FrozenWeights(file, config, type, device), norms);
    }

    /// <summary>Latents without matrices and embedding, which take no memory then.</summary>
    public static Latents NormsOnly(ModelConfig config, Func<string, long[], Tensor> make) =>
        Latents.From(config, (name, shape) => name.Contains("norm", StringComparison.Ordinal) ? make(name, shape) : zeros([0], dtype: ScalarType.Float32));

    public Tensor QkvOf(int layer) => Unpack(layer, "attention.q_proj", "attention.k_proj", "attention.v_proj");

    public Tensor OutputOf(int layer) => Unpack(layer, "attention.o_proj");

    public Tensor GateUpOf(int layer) => Unpack(layer, "mlp.gate_proj", "mlp.up_proj");

    public Tensor DownOf(int layer) => Unpack(layer, "mlp.down_proj");

    public void Dispose()
    {
        foreach ((Tensor packed, _) in _matrices.Values.SelectMany(m => m))
        {
            packed.Dispose();
        }

        Embedding.Dispose();
    }

    /// <summary>Matrices one below the other. They are joined while packed: of what is unpacked there is never more than what is answered.</summary>
    private Tensor Unpack(int layer, params string[] names)
    {
        using var scope = NewDisposeScope();
        Tensor packed = cat([.. names.Select(name => _matrices[name][layer].Packed)], 0);
        Tensor scales = cat([.. names.Select(name => full([_matrices[name][layer].Packed.shape[0], 1], _matrices[name][layer].Scale, dtype: _type, device: packed.device))], 0);
        Tensor[] columns = [.. Enumerable.Range(0, 4).Select(j => packed.bitwise_right_shift(tensor((byte)(2 * j), device: packed.device)).bitwise_and(tensor((byte)3, device: packed.device)))];
        return stack(columns, -1).flatten(1).to(_type).sub_(1).mul_(scales).MoveToOuterDisposeScope();
    }
}
