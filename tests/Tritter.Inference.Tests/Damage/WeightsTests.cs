using System.Buffers.Binary;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Damage;

/// <summary>Weights files whose header is sound and whose tensors are not what config.json says.</summary>
public sealed class WeightsTests
{
    private const string Gate = "model.layers.2.mlp.gate_proj.weight_packed";
    private const string Norm = "model.layers.1.attention.q_norm.weight";

    private static readonly Dictionary<string, (Action<TensorFile> Change, string Expected)> _changes = new()
    {
        ["a matrix is missing"] = (f => f.Remove(Gate), $"'{Gate}' is missing|U8 [160, 16]"),
        ["a scale is missing"] = (f => f.Remove("model.layers.0.mlp.up_proj.weight_scale"), "'model.layers.0.mlp.up_proj.weight_scale' is missing|F32 [1]"),
        ["the last norm is missing"] = (f => f.Remove("model.norm.weight"), "'model.norm.weight' is missing|F32 [64]"),
        ["the embedding is missing"] = (f => f.Remove("model.embed_tokens.weight"), "'model.embed_tokens.weight' is missing|I8 [512, 64]"),
        ["a layer is missing"] = (RemoveLastLayer, "'model.layers.3.|is missing"),
        ["a layer too many"] = (f => f.Add("model.layers.4.mlp.up_proj.weight_scale", "F32", [1], new byte[4]), "'model.layers.4.mlp.up_proj.weight_scale'|4 layers"),
        ["a bias"] = (f => f.Add("model.layers.0.mlp.up_proj.bias", "F32", [1], new byte[4]), "'model.layers.0.mlp.up_proj.bias'|4 layers"),
        ["an output matrix of its own"] = (f => f.Add("lm_head.weight", "F32", [1], new byte[4]), "'lm_head.weight'|4 layers"),
        ["a layer's number in another spelling"] = (f => f.Add("model.layers.+1.attention.q_norm.weight", "F32", [1], new byte[4]), "'model.layers.+1.attention.q_norm.weight'"),
        ["other letters in a name"] = (f => f.Rename(Norm, Norm.ToUpperInvariant()), $"'{Norm}' is missing"),
        ["a matrix of another type"] = (f => f.Reshape(Gate, "I8", 160, 16), $"'{Gate}': expected U8 [160, 16], found I8 [160, 16]"),
        ["a matrix of another shape"] = (f => f.Reshape(Gate, "U8", 16, 160), $"'{Gate}': expected U8 [160, 16], found U8 [16, 160]"),
        ["a matrix with an axis more"] = (f => f.Reshape(Gate, "U8", 160, 16, 1), $"'{Gate}': expected U8 [160, 16], found U8 [160, 16, 1]"),
        ["a norm of another type"] = (f => f.Reshape(Norm, "BF16", 16), $"'{Norm}': expected F32 [16], found BF16 [16]"),
        ["a scale without axes"] = (f => f.Reshape("model.layers.0.mlp.up_proj.weight_scale", "F32"), "weight_scale': expected F32 [1], found F32 []"),
        ["the code 3"] = (f => f.Edit(Gate, d => d[^1] |= 0xC0), $"'{Gate}': expected the codes 0, 1 and 2, found a 3"),
        ["NaN in a norm"] = (f => f.Edit(Norm, d => BinaryPrimitives.WriteSingleLittleEndian(d.AsSpan(8), float.NaN)), $"'{Norm}': element 2 is NaN, expected a finite number"),
        ["infinity in the last norm"] = (f => f.Edit("model.norm.weight", d => BinaryPrimitives.WriteSingleLittleEndian(d, float.PositiveInfinity)), "'model.norm.weight': element 0 is|finite"),
        ["NaN in the embedding's scales"] = (f => f.Edit("model.embed_tokens.scale", d => BinaryPrimitives.WriteSingleLittleEndian(d.AsSpan(511 * 4), float.NaN)), "'model.embed_tokens.scale': element 511 is NaN"),
        ["NaN as a matrix's scale"] = (f => f.Edit("model.layers.3.mlp.down_proj.weight_scale", d => BinaryPrimitives.WriteSingleLittleEndian(d, float.NaN)), "down_proj.weight_scale': element 0 is NaN"),
    };

    public static TheoryData<string> Changes => new(_changes.Keys);

    [Theory]
    [MemberData(nameof(Changes))]
    public void Weights_that_do_not_fit_are_refused(string change)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TensorFile tensors = TensorFile.Read(folder.Weights);
        _changes[change].Change(tensors);
        tensors.Save(folder.Weights);
        Refused.Check(folder.Weights, _changes[change].Expected, () => TritterModel.Load(folder.Root).Dispose());
    }

    [Fact]
    public void Weights_that_were_only_written_again_load()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TensorFile.Read(folder.Weights).Save(folder.Weights);
        using TritterModel model = TritterModel.Load(folder.Root);
        Assert.Equal(4, model.Layers.Count);
    }

    private static void RemoveLastLayer(TensorFile file)
    {
        using SafetensorsFile whole = SafetensorsFile.Open(Path.Combine(TinyModel.Folder, "model.safetensors"));
        foreach (TensorInfo tensor in whole.Tensors.Where(t => t.Name.StartsWith("model.layers.3.", StringComparison.Ordinal)))
        {
            file.Remove(tensor.Name);
        }
    }
}
