using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests;

internal static class Sessions
{
    /// <summary>A session that shares nothing with others; its pages go with it.</summary>
    public static Session Alone(TritterModel model, ThreadTeam team, int capacity, KvPrecision precision) =>
        new(model, team, new PrefixTree(new KvLayout(model.Config, precision), budget: 0), capacity);
}
