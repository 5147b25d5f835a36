using System.Globalization;

namespace Tritter.Inference.Model;

/// <summary>Which layers' ternary matrices are laid out in memory; those of the others stay in the mapped file.</summary>
/// <param name="Layers">Of the model.</param>
/// <param name="Resident">Of them, in memory.</param>
/// <param name="LayerBytes">One layer's matrices in memory.</param>
/// <param name="Budget">Bytes that the matrices may take.</param>
internal sealed record LayerPlacement(int Layers, int Resident, long LayerBytes, long Budget)
{
    /// <summary>The part of the memory at hand that matrices take without being asked to leave room.</summary>
    private const double Share = 0.8;

    public bool IsWhole => Resident == Layers;

    /// <summary>"12 of 32 layers are in memory, 20 are read from the file for every token: ...".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Resident} of {Layers} layers are in memory, {Layers - Resident} are read from the file as they are computed: ternary weights of {Layers * LayerBytes / 1e9:0.000} GB, memory for {Budget / 1e9:0.000} GB");

    /// <param name="budget">Bytes that all matrices together may take; null for most of the memory that is available now.</param>
    public static LayerPlacement For(ModelConfig config, long? budget)
    {
        long bytes = budget ?? (long)(Share * PhysicalMemory.Available);
        long layer = TritterModel.TernaryBytes(config) / config.Layers.Count;
        return new LayerPlacement(config.Layers.Count, (int)Math.Min(config.Layers.Count, bytes / layer), layer, bytes);
    }

    /// <summary>Spread evenly, so that while layers in memory are computed the next one of the file can be read.</summary>
    public bool IsResident(int layer) => IsOneOf(layer, Resident, Layers);

    /// <summary>Whether a layer is one of <paramref name="chosen"/> that are spread evenly among <paramref name="layers"/>.</summary>
    public static bool IsOneOf(int layer, int chosen, int layers) => (long)(layer + 1) * chosen / layers > (long)layer * chosen / layers;
}
