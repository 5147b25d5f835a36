using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests;

/// <summary>The tiny random model (vocabulary 512, window 8) with threads and sessions of its own.</summary>
internal sealed class TinyModel(int threads = 1, KvPrecision precision = KvPrecision.Int8) : IDisposable
{
    private readonly TritterModel _model = TritterModel.Load(Folder);
    private readonly ThreadTeam _team = new(threads);

    public static string Folder { get; } = Repository.Fixture("tritter-tiny");

    public ModelConfig Config => _model.Config;

    public ReadOnlySpan<byte> Identity => _model.Identity;

    /// <summary>A session that shares nothing with others.</summary>
    public Session OpenSession(int capacity = 4096) => OpenSession(NewTree(budget: 0), capacity);

    public Session OpenSession(PrefixTree tree, int capacity = 4096) => new(_model, _team, tree, capacity);

    public PrefixTree NewTree(long budget) => new(new KvLayout(Config, precision), budget);

    /// <summary>A prompt without meaning; prompts of one seed share their beginning.</summary>
    public static int[] Prompt(int length, int seed = 1)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, length).Select(_ => random.Next(512)).ToArray();
    }

    /// <summary>The logits after a prompt in a new session.</summary>
    public float[] Read(ReadOnlySpan<int> prompt)
    {
        using Session session = OpenSession();
        session.Read(prompt, TestContext.Current.CancellationToken);
        return session.Logits.ToArray();
    }

    public void Dispose()
    {
        _team.Dispose();
        _model.Dispose();
    }
}
