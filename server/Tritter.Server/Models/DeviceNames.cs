using System.Text.Json;
using Tritter.Inference;

namespace Tritter.Server.Models;

/// <summary>How users write a <see cref="ComputeDevice"/>: <c>auto</c>, <c>cpu</c> or <c>cuda</c>.</summary>
internal static class DeviceNames
{
    /// <returns>Null for another word.</returns>
    public static ComputeDevice? Parse(string? name) => name switch
    {
        "auto" => ComputeDevice.Auto,
        "cpu" => ComputeDevice.Cpu,
        "cuda" => ComputeDevice.Cuda,
        _ => null,
    };

    /// <summary>Reads the member <c>device</c> of settings or of a client's <c>initializationOptions</c>.</summary>
    /// <returns>Null when they say nothing, and when what they say is wrong, which <c>Problem</c> then tells.</returns>
    public static (ComputeDevice? Device, string? Problem) Of(JsonElement? settings)
    {
        if (settings is not { ValueKind: JsonValueKind.Object } group || !group.TryGetProperty("device", out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return (null, null);
        }

        ComputeDevice? device = value.ValueKind == JsonValueKind.String ? Parse(value.GetString()) : null;
        return (device, device is null ? $"tritter.device is \"auto\", \"cpu\" or \"cuda\", not {value.GetRawText()}" : null);
    }
}
