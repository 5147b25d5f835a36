using System.Text.Json;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests;

/// <summary>Files of the checkout that tests read.</summary>
internal static class Repository
{
    public static string Fixture(params string[] parts) => Path.Combine([Checkout.Root, "tests", "fixtures", .. parts]);

    public static JsonElement Json(string path)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.Clone();
    }

    public static int[] Ints(this JsonElement array) => array.EnumerateArray().Select(e => e.GetInt32()).ToArray();

    public static int[] Ints(this SafetensorsFile file, string name) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(file.Bytes(name, TensorType.I32, Shape(file, name))).ToArray();

    public static long[] Longs(this SafetensorsFile file, string name) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(file.Bytes(name, TensorType.I64, Shape(file, name))).ToArray();

    public static float[] AllFloats(this SafetensorsFile file, string name) => file.Floats(name, Shape(file, name));

    private static long[] Shape(SafetensorsFile file, string name) => file.Tensors.Single(t => t.Name == name).Shape.ToArray();
}
