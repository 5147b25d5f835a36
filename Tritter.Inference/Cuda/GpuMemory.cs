using Tritter.Inference.KvCache;

namespace Tritter.Inference.Cuda;

/// <summary>What a model may take of a graphics card.</summary>
/// <param name="Budget">Bytes for all but keys and values; null for what is free but for them and half a gigabyte.</param>
/// <param name="LayerGroup">Layers that are brought to the card together when not all fit, null for as many as make 100 MB, 4 at most.</param>
/// <param name="Positions">Tokens of the texts that keys and values get room for.</param>
/// <param name="Kv">How these are stored: Int8 or Int4.</param>
public sealed record GpuMemory(long? Budget = null, int? LayerGroup = null, int Positions = 8192, KvPrecision Kv = KvPrecision.Int8)
{
    /// <summary>The driver's library; null for the system's own. Tests name a stand-in.</summary>
    internal string? Driver { get; init; }
}
