using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Model.Gguf;
using Tritter.Inference.Tests.Damage;
using Tritter.Inference.Tests.Parity;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Gguf;

/// <summary>BitNet models in GGUF files give the logits of the same weights in safetensors.</summary>
public sealed class GgufTests : IDisposable
{
    private static readonly int[] _tokens = [3, 141, 59, 26, 5, 35, 89, 79];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tritter-gguf-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("tied-offline", GgufModels.I2S, GgufModels.F16)]
    [InlineData("tied-online", GgufModels.I2S, GgufModels.BF16)]
    [InlineData("untied-offline", GgufModels.F16, GgufModels.F32)]
    [InlineData("untied-online", GgufModels.F32, GgufModels.F16)]
    public void The_fixtures_logits_are_those_of_transformers(string form, uint ternary, uint plain)
    {
        string fixture = Repository.Fixture($"hf-bitnet-{form}");
        using TritterModel model = TritterModel.Load(fixture);
        using SafetensorsFile tensors = SafetensorsFile.Open(Path.Combine(fixture, "model.safetensors"));
        (int vocab, int hidden) = (model.Config.VocabSize, model.Config.HiddenSize);
        float[]? head = model.Config.TiedHead ? null : tensors.Widened("lm_head.weight", vocab, hidden);
        BitNetTests.Check(Save(GgufModels.Write(model, ternary, plain, tensors.Widened("model.embed_tokens.weight", vocab, hidden), head)), form);
    }

    [Theory]
    [InlineData(GgufModels.Tq1, GgufModels.Q6_K, 0.06)]
    [InlineData(GgufModels.Tq2, GgufModels.Q6_K, 0.06)]
    [InlineData(GgufModels.Tq2, GgufModels.Q8_0, 0.02)]
    [InlineData(GgufModels.Tq1, GgufModels.F32, 0.02)]
    public void Block_types_give_the_logits_of_the_weights_they_hold(uint ternary, uint plain, double tolerance)
    {
        // Rows of 256: what the block types need, and the fixtures do not have.
        ModelConfig config = BitNetConfig.Make(new ModelConfig.Widths(300, 256, 4, 2, 64, 512), layers: 2, 1e-5f, 500000, 512, endOfText: -1, tiedHead: true);
        using TritterModel random = TritterModel.Random(config, seed: 5);
        var noise = new Random(6);
        float[] embedding = [.. Enumerable.Range(0, 300 * 256).Select(_ => (float)(noise.NextDouble() - 0.5))];
        float[] expected = Logits(Save(GgufModels.Write(random, GgufModels.I2S, GgufModels.F32, embedding, null)));
        float[] actual = Logits(Save(GgufModels.Write(random, ternary, plain, embedding, null)));
        Assert.InRange(Comparison.RelativeL2(actual, expected), 0, tolerance);
    }

    [Fact]
    public void The_tokenizer_comes_from_the_files_settings()
    {
        ModelConfig config = BitNetConfig.Make(new ModelConfig.Widths(300, 256, 4, 2, 64, 512), layers: 1, 1e-5f, 500000, 512, endOfText: -1, tiedHead: true);
        using TritterModel random = TritterModel.Random(config, seed: 5);
        string path = Save(GgufModels.Write(random, GgufModels.I2S, GgufModels.F16, new float[300 * 256], null));
        TritterTokenizer tokenizer = TritterTokenizer.OfModel(path);
        Assert.Equal([257, 'c', 299], tokenizer.EncodeWithSpecialTokens("abcc<|eot_id|>"));
        Assert.Equal("abcc", tokenizer.Decode(tokenizer.Encode("abcc")));
        Assert.Equal("<|eot_id|>", tokenizer.SpecialName(299));
        using InferenceEngine engine = InferenceEngine.Load(_folder.FullName, threads: 1);
        Assert.Equal(300, engine.Config.VocabSize);
        // Query and output 256 x 256, key and value 128 x 256, three matrices of the feed-forward network; two norms of 256, one of 256 and one of 512, and the last.
        ModelInfo info = ModelInfo.Load(_folder.FullName);
        Assert.Equal((2 * 256 * 256 + 2 * 128 * 256 + 3 * 512 * 256, 300 * 256, 2 * 256 + 256 + 512 + 256), (info.TernaryParameters, info.EmbeddingParameters, info.NormParameters));
    }

    [Theory]
    [InlineData(0, "is not a GGUF file")]
    [InlineData(4, "expected GGUF version")]
    [InlineData(8, "tensors|cut off|unknown|missing|axes")]
    public void A_changed_header_is_refused(int at, string expected)
    {
        byte[] bytes = Tiny().ToBytes();
        bytes[at] ^= 0x10;
        string path = Path.Combine(_folder.FullName, "damaged.gguf");
        File.WriteAllBytes(path, bytes);
        var refused = Assert.Throws<ModelFormatException>(() => TritterModel.Load(path).Dispose());
        Assert.Contains(expected.Split('|'), part => refused.Message.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_cut_and_flipped_header_byte_is_refused_or_loads()
    {
        byte[] whole = Tiny().ToBytes();
        string path = Path.Combine(_folder.FullName, "damaged.gguf");
        for (int length = 1; length < whole.Length; length += Math.Max(1, whole.Length / 60))
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.True(Refused.OrLoaded($"cut to {length}", () => TritterModel.Load(path).Dispose()), $"{length} bytes of {whole.Length} were enough");
        }

        for (int i = 0; i < 1200; i += 7)
        {
            byte[] flipped = (byte[])whole.Clone();
            flipped[i] ^= (byte)(1 << i % 8);
            File.WriteAllBytes(path, flipped);
            Refused.OrLoaded($"byte {i} flipped", () => TritterModel.Load(path).Dispose());
        }
    }

    [Fact]
    public void Blocks_with_several_scales_are_refused()
    {
        byte[] two = [.. GgmlBlocks.Tq2([.. Enumerable.Repeat((sbyte)1, 256)], 0.5f), .. GgmlBlocks.Tq2([.. Enumerable.Repeat((sbyte)1, 256)], 0.25f)];
        Assert.Null(GgufTernary.Read(GgufType.TQ2_0, two, 256));
        byte[] zeros = [.. GgmlBlocks.Tq2([.. Enumerable.Repeat((sbyte)1, 256)], 0.5f), .. GgmlBlocks.Tq2(new sbyte[256], 0)];
        Assert.Equal(0.5f, GgufTernary.Read(GgufType.TQ2_0, zeros, 256)!.Value.Scale);
    }

    private static GgufWriter Tiny()
    {
        ModelConfig config = BitNetConfig.Make(new ModelConfig.Widths(256, 32, 2, 1, 16, 32), layers: 1, 1e-5f, 500000, 512, endOfText: -1, tiedHead: true);
        using TritterModel random = TritterModel.Random(config, seed: 5);
        return GgufModels.Write(random, GgufModels.I2S, GgufModels.F16, new float[256 * 32], null);
    }

    private string Save(GgufWriter file)
    {
        string path = Path.Combine(_folder.FullName, "model.gguf");
        File.WriteAllBytes(path, file.ToBytes());
        return path;
    }

    private static float[] Logits(string path)
    {
        using TritterModel model = TritterModel.Load(path);
        using var team = new ThreadTeam(2);
        using Session session = Sessions.Alone(model, team, 64, KvPrecision.Float32);
        session.Append(_tokens, LogitsOf.All);
        return session.Logits.ToArray();
    }
}
