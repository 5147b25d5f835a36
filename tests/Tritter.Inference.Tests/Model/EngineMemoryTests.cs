using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Model;

/// <summary>Planned bytes against what a loaded model and its session really allocate, and against numbers worked out by hand.</summary>
public sealed class EngineMemoryTests
{
    private const int Positions = 300;

    [Theory]
    [InlineData(1, KvPrecision.Int8)]
    [InlineData(3, KvPrecision.Int8)]
    [InlineData(1, KvPrecision.Int4)]
    public void TheEngineAllocatesWhatIsPlanned(int threads, KvPrecision precision)
    {
        using TritterModel model = TritterModel.Load(TinyModel.Folder);
        using var team = new ThreadTeam(threads);
        using var tree = new PrefixTree(new KvLayout(model.Config, precision), budget: 1 << 20);
        using var session = new Session(model, team, tree, Positions);

        foreach (int[] chunk in TinyModel.Prompt(Positions).Chunk(ForwardPass.MaxChunk))
        {
            session.Append(chunk, LogitsOf.All);
        }

        EngineMemory plan = EngineMemory.Of(model.Config, Positions, threads);
        Assert.Equal(model.Layers.SelectMany(layer => layer.Matrices).Sum(matrix => matrix.ByteLength), plan.Weights);
        Assert.Equal(tree.ByteLength, precision == KvPrecision.Int8 ? plan.KvInt8 : plan.KvInt4);
        Assert.Equal(session.Forward.ByteLength, plan.Working);
    }

    [Fact]
    public void ASmallShapeTakesWhatItsNumbersSay()
    {
        // 2 layers that see all, hidden 64, 4 heads of 16, as many for keys and values, feed-forward 128, vocabulary 256.
        var config = new ModelConfig(256, 64, 4, 4, 16, 128, 1e-5f, 1e4f, 0.25f, 4096, [new(int.MaxValue, true), new(int.MaxValue, true)], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));

        EngineMemory memory = EngineMemory.Of(config, 128, 1);

        // q, k, v and o 64 x 64, gate, up and down 128 x 64; a quarter of a byte each.
        Assert.Equal(2 * (4 * 4096 + 3 * 8192) / 4, memory.Weights);
        Assert.Equal(256 * 64 + 4 * 256, memory.Embedding);
        // Keys and values of 4 heads of 16 bytes and a scale, of 128 positions in 2 layers.
        Assert.Equal(2 * 2 * 4 * 128 * (16 + 4), memory.KvInt8);
        // The same beside codes of half a byte and, for each channel of 64 positions, two numbers of two bytes.
        Assert.Equal(memory.KvInt8 + 2 * 2 * 4 * (128 * 8 + 2 * 16 * 4), memory.KvInt4);
    }

    [Fact]
    public void ALongTextInInt4TakesHalfOfWhatGrows()
    {
        var config = new ModelConfig(256, 64, 4, 4, 64, 128, 1e-5f, 1e4f, 0.25f, 1 << 17, [new(int.MaxValue, true), new(256, true)], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));

        EngineMemory half = EngineMemory.Of(config, 1 << 16, 1);
        EngineMemory whole = EngineMemory.Of(config, 1 << 17, 1);

        // 4 heads of 64: 4.5 bits an element and 8.5, scales included.
        Assert.Equal((1 << 16) * 2L * 4 * 64 * 17 / 16, whole.KvInt8 - half.KvInt8);
        Assert.Equal((1 << 16) * 2L * 4 * 64 * 9 / 16, whole.KvInt4 - half.KvInt4);
    }

    [Fact]
    public void TheLongestTextIsTheLastThatFits()
    {
        ModelConfig config = ModelConfig.Load(Path.Combine(TinyModel.Folder, "config.json"));
        long bytes = EngineMemory.Of(config, 1024, 2).Total;

        Assert.Equal(1024, EngineMemory.LongestText(config, bytes, 2));
        Assert.Equal(960, EngineMemory.LongestText(config, bytes - 1, 2));
        Assert.Equal(0, EngineMemory.LongestText(config, 1000, 2));
        Assert.Equal(config.MaxPositions, EngineMemory.LongestText(config, long.MaxValue, 2));
    }
}
