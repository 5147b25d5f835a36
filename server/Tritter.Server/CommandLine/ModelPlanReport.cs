using Tritter.Inference.Cuda;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Server.CommandLine;

/// <summary>What <c>tritter model plan --json</c> prints.</summary>
/// <param name="DeviceBytes">As given; null without --device.</param>
/// <param name="LongestText">Tokens that fit the device with keys and values in int8; null without --device.</param>
/// <param name="NoCard">Why graphics cards do not compute models of this shape; null where they do.</param>
internal sealed record ModelPlanReport(string Name, long Parameters, long TernaryParameters, int Threads, long? DeviceBytes, int? LongestText, string? NoCard, IReadOnlyList<ContextPlan> Contexts)
{
    public static ModelPlanReport Of(string name, ModelConfig config, IReadOnlyList<int> contexts, long? device, int threads)
    {
        var info = new ModelInfo("", config, 0);
        string? noCard = CudaMemory.Unsupported(config);
        return new ModelPlanReport(
            name, info.Parameters, info.TernaryParameters, threads, device, device is { } bytes ? EngineMemory.LongestText(config, bytes, threads) : null, noCard,
            [.. contexts.Select(positions => ContextPlan.Of(positions, EngineMemory.Of(config, positions, threads), device) with { Card = noCard is null ? CardPlan.Of(config, positions, device) : null })]);
    }
}

/// <summary>Bytes on an NVIDIA card for a text of so many tokens, as they are laid out there.</summary>
/// <param name="KvInt4Bytes">Keys and values with --kv int4.</param>
/// <param name="TotalBytes">With int8.</param>
/// <param name="StreamedLayers">With int8, layers that come from host memory where not all fit the device; null without one, or when it has too little for that too.</param>
/// <param name="StreamedLayersInt4">The same with int4.</param>
/// <param name="Fits">Whether the model runs on the device with int8, with layers streamed or without; null without one.</param>
internal sealed record CardPlan(long WeightsBytes, long EmbeddingBytes, long BuffersBytes, long KvInt8Bytes, long KvInt4Bytes, long TotalBytes, long TotalInt4Bytes, int? StreamedLayers, int? StreamedLayersInt4, bool? Fits)
{
    public static CardPlan Of(ModelConfig config, int positions, long? device)
    {
        var memory = CudaMemory.Of(config, positions);
        int? streamed = Streamed(KvPrecision.Int8);
        return new CardPlan(
            memory.Weights, memory.Embedding, memory.Buffers, memory.KvInt8, memory.KvInt4, memory.Total, memory.TotalInt4, streamed, Streamed(KvPrecision.Int4), device is null ? null : streamed is not null);

        int? Streamed(KvPrecision precision) => device is { } bytes ? CudaMemory.StreamedLayers(config, positions, bytes, precision) : null;
    }
}

/// <summary>Bytes for a text of so many tokens.</summary>
/// <param name="KvInt4Bytes">Keys and values with --kv int4.</param>
/// <param name="TotalBytes">With int8.</param>
/// <param name="Fits">Whether that is no more than the device has; null without one.</param>
internal sealed record ContextPlan(
    int Positions, long WeightsBytes, long EmbeddingBytes, long NormsBytes, long KvInt8Bytes, long KvInt4Bytes, long WorkingBytes, long TotalBytes, long TotalInt4Bytes, bool? Fits)
{
    /// <summary>The same on an NVIDIA card; null where none computes the shape.</summary>
    public CardPlan? Card { get; init; }

    public static ContextPlan Of(int positions, EngineMemory memory, long? device) => new(
        positions, memory.Weights, memory.Embedding, memory.Norms, memory.KvInt8, memory.KvInt4, memory.Working, memory.Total, memory.TotalInt4, device is { } bytes ? memory.Total <= bytes : null);
}
