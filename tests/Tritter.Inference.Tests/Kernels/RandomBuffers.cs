using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>Seeded numbers in memory as kernels get it.</summary>
internal static class RandomBuffers
{
    /// <summary>Lengths that a vector loop takes as a tail, as one step, as many, and as the embedded model does.</summary>
    public static TheoryData<int> Lengths => [1, 2, 7, 16, 64, 128, 768, 2560];

    /// <summary>Normally distributed floats around 0.</summary>
    public static AlignedBuffer<float> Normal(Random random, long length, double deviation = 1)
    {
        var buffer = new AlignedBuffer<float>(length);
        foreach (ref float x in buffer.Span)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            x = (float)(deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return buffer;
    }

    public static AlignedBuffer<T> Copy<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var buffer = new AlignedBuffer<T>(values.Length);
        values.CopyTo(buffer.Span);
        return buffer;
    }
}
