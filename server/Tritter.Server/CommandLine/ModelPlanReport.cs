using Tritter.Inference.Model;

namespace Tritter.Server.CommandLine;

/// <summary>What <c>tritter model plan --json</c> prints.</summary>
/// <param name="DeviceBytes">As given; null without --device.</param>
/// <param name="LongestText">Tokens that fit the device with keys and values in int8; null without --device.</param>
internal sealed record ModelPlanReport(string Name, long Parameters, long TernaryParameters, int Threads, long? DeviceBytes, int? LongestText, IReadOnlyList<ContextPlan> Contexts)
{
    public static ModelPlanReport Of(string name, ModelConfig config, IReadOnlyList<int> contexts, long? device, int threads)
    {
        var info = new ModelInfo("", config, 0);
        return new ModelPlanReport(
            name, info.Parameters, info.TernaryParameters, threads, device, device is { } bytes ? EngineMemory.LongestText(config, bytes, threads) : null,
            [.. contexts.Select(positions => ContextPlan.Of(positions, EngineMemory.Of(config, positions, threads), device))]);
    }
}

/// <summary>Bytes for a text of so many tokens.</summary>
/// <param name="KvInt4Bytes">Keys and values with --kv int4.</param>
/// <param name="TotalBytes">With int8.</param>
/// <param name="Fits">Whether that is no more than the device has; null without one.</param>
internal sealed record ContextPlan(
    int Positions, long WeightsBytes, long EmbeddingBytes, long NormsBytes, long KvInt8Bytes, long KvInt4Bytes, long WorkingBytes, long TotalBytes, long TotalInt4Bytes, bool? Fits)
{
    public static ContextPlan Of(int positions, EngineMemory memory, long? device) => new(
        positions, memory.Weights, memory.Embedding, memory.Norms, memory.KvInt8, memory.KvInt4, memory.Working, memory.Total, memory.TotalInt4, device is { } bytes ? memory.Total <= bytes : null);
}
