namespace Tritter.Inference.Tests.Gguf;

/// <summary>Writes numbers in ggml's block formats, the other way round from what the engine reads.</summary>
internal static class GgmlBlocks
{
    public static byte[] F16(float[] x) => [.. x.SelectMany(v => BitConverter.GetBytes((Half)v))];

    public static byte[] F32(float[] x) => [.. x.SelectMany(BitConverter.GetBytes)];

    public static byte[] BF16(float[] x) => [.. x.SelectMany(v => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)))];

    public static byte[] Q8_0(float[] x) => [.. x.Chunk(32).SelectMany(block =>
    {
        float scale = block.Max(MathF.Abs) / 127;
        return BitConverter.GetBytes((Half)scale).Concat(block.Select(v => (byte)(sbyte)MathF.Round(v / (float)(Half)scale)));
    })];

    /// <summary>Scales of 16 elements from -128 to 127 times one of 256; values from -32 to 31.</summary>
    public static byte[] Q6_K(float[] x) => [.. x.Chunk(256).SelectMany(block =>
    {
        float[] own = [.. block.Chunk(16).Select(part => part.Max(MathF.Abs) / 31)];
        float all = own.Max() / 127;
        sbyte[] scales = [.. own.Select(s => (sbyte)MathF.Round(s / all))];
        var low = new byte[128];
        var high = new byte[64];
        for (int i = 0; i < 256; i++)
        {
            float step = (float)(Half)all * scales[i / 16];
            int value = Math.Clamp((int)MathF.Round(step == 0 ? 0 : block[i] / step), -32, 31) + 32;
            (int half, int run, int at) = (i / 128, i % 128 / 32, i % 32);
            low[half * 64 + (run & 1) * 32 + at] |= (byte)((value & 15) << (run >> 1) * 4);
            high[half * 32 + at] |= (byte)((value >> 4) << run * 2);
        }

        return low.Concat(high).Concat(scales.Select(s => (byte)s)).Concat(BitConverter.GetBytes((Half)all));
    })];

    /// <param name="t">-1, 0 and +1.</param>
    public static byte[] Tq2(sbyte[] t, float scale) => [.. t.Chunk(256).SelectMany(block =>
    {
        var bytes = new byte[64];
        for (int i = 0; i < 256; i++)
        {
            bytes[i / 128 * 32 + i % 32] |= (byte)((block[i] + 1) << i / 32 % 4 * 2);
        }

        return bytes.Concat(BitConverter.GetBytes((Half)scale));
    })];

    /// <summary>Five digits of base 3 as a fraction of 243 in eight bits, rounded up.</summary>
    public static byte[] Tq1(sbyte[] t, float scale) => [.. t.Chunk(256).SelectMany(block =>
    {
        IEnumerable<byte> Run(int start, int bytes, int digits) => Enumerable.Range(0, bytes).Select(m =>
        {
            int fraction = 0;
            for (int n = 0; n < 5; n++)
            {
                fraction = fraction * 3 + (n < digits ? block[start + n * bytes + m] + 1 : 0);
            }

            return (byte)((fraction * 256 + 242) / 243);
        });
        return Run(0, 32, 5).Concat(Run(160, 16, 5)).Concat(Run(240, 4, 4)).Concat(BitConverter.GetBytes((Half)scale));
    })];

    public static byte[] I2S(sbyte[] t, float scale)
    {
        var bytes = new byte[t.Length / 4 + 32];
        for (int i = 0; i < t.Length; i++)
        {
            bytes[i / 128 * 32 + i % 32] |= (byte)((t[i] + 1) << 6 - i % 128 / 32 * 2);
        }

        BitConverter.GetBytes(scale).CopyTo(bytes, t.Length / 4);
        return bytes;
    }
}
