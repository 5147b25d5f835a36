using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Tests.Parity;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>int4 keys and values on the (emulated) device against the processor's.</summary>
[Collection("Emulated device")]
public sealed class CudaPackedTests
{
    private const int Page = KvLayout.PagePositions;

    /// <summary>What a channel's codes depend on: spread, constant, all zero, one outlier, and values whose zero point is rounded up.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public unsafe void A_pages_codes_are_the_processors(int headDim)
    {
        const int Heads = 2, First = 33, Pages = 40;
        using CudaDevice device = EmulatedDevice.Open();
        var layout = new KvLayout([new LayerAttention(int.MaxValue, Rope: true)], Heads, headDim, KvPrecision.Int4);
        ModelConfig config = Config(headDim, 2 * Heads, Heads);
        using var kv = new CudaKv(device, config, Pages * Page, KvPrecision.Int4);
        var random = new Random(7);
        int size = Heads * Pages * Page;
        sbyte[] keys = new sbyte[size * headDim], values = new sbyte[size * headDim];
        float[] keyScales = new float[size], valueScales = new float[size];
        for (int i = 0; i < size; i++)
        {
            (keyScales[i], valueScales[i]) = ((float)random.NextDouble() / 50, (float)Math.Exp(random.NextDouble() * 20 - 15));
            for (int d = 0; d < headDim; d++)
            {
                keys[i * headDim + d] = (sbyte)(d % 7 == 0 ? 0 : d % 7 == 1 ? 100 + random.Next(3) : random.Next(-127, 128));
                values[i * headDim + d] = (sbyte)(i % 64 == 5 || d % 3 > 0 ? random.Next(-127, 128) : 1);
            }
        }

        device.Upload<sbyte>(keys, kv.Keys(0));
        device.Upload<sbyte>(values, kv.Values(0));
        device.Upload<float>(keyScales, kv.KeyScales(0));
        device.Upload<float>(valueScales, kv.ValueScales(0));
        // Pages 33 and 34, of which the tokens complete the first.
        kv.Pack(0, First * Page + 60, 90);
        byte[] packed = new byte[Heads * Pages * layout.PackedHeadBytes];
        device.Download<byte>(kv.Packed(0), packed);

        byte[] expected = new byte[layout.PackedHeadBytes];
        sbyte[] page = new sbyte[Page * headDim];
        for (int head = 0; head < Heads; head++)
        {
            for (int number = First; number < First + 2; number++)
            {
                foreach (bool isKey in new[] { true, false })
                {
                    int from = (head * Pages + number) * Page;
                    for (int slot = 0; slot < Page; slot++)
                    {
                        for (int d = 0; d < headDim; d++)
                        {
                            int to = isKey ? slot / 16 * 16 * headDim + d / 2 * 32 + slot % 16 * 2 + d % 2 : slot / 2 * 2 * headDim + 2 * d + slot % 2;
                            page[to] = (isKey ? keys : values)[(from + slot) * headDim + d];
                        }
                    }

                    Span<byte> half = packed.AsSpan((head * Pages + number) * layout.PackedHeadBytes + (isKey ? 0 : layout.PackedHeadBytes / 2), layout.PackedHeadBytes / 2);
                    fixed (byte* e = expected)
                    fixed (sbyte* elements = page)
                    fixed (float* scales = (isKey ? keyScales : valueScales).AsSpan(from, Page))
                    {
                        Int4Codes.Pack(elements, scales, e, headDim, isKey);
                        for (int slot = 0; slot < Page; slot++)
                        {
                            for (int d = 0; d < headDim; d++)
                            {
                                Assert.Equal(Int4Codes.Code(e, slot, d, headDim, isKey), Code(half, slot, d, headDim, isKey));
                            }
                        }

                        Assert.Equal(new Span<byte>(Int4Codes.Scales(e, headDim), 4 * headDim).ToArray(), half[Int4Codes.CodeBytes(headDim)..].ToArray());
                    }
                }
            }
        }
    }

    /// <summary>Pages in int4, tokens that begin in the middle of a page, and a sliding layer, which stays int8.</summary>
    [Theory]
    [InlineData(64, 2, 1)]
    [InlineData(128, 5, 1)]
    public void A_prompt_has_the_processors_logits_but_for_rounding(int headDim, int heads, int kvHeads)
    {
        using CudaDevice device = EmulatedDevice.Open();
        ModelConfig config = Config(headDim, heads, kvHeads);
        using TritterModel model = TritterModel.Random(config, seed: 3);
        using var team = new ThreadTeam(1);
        using Session expected = Sessions.Alone(model, team, 512, KvPrecision.Int4);
        using var onDevice = new CudaModel(device, model);
        using var text = new CudaText(onDevice, 512, precision: KvPrecision.Int4);
        int[] ids = [.. TinyModel.Prompt(330).Select(i => i % config.VocabSize)];

        expected.Read(ids, TestContext.Current.CancellationToken);
        text.Run(ids.AsSpan(0, 200), LogitsOf.None, TestContext.Current.CancellationToken);
        // As a longer text does: what no token sees as int8 any more makes room.
        text.Kv.HoldFrom(128, 200);
        text.Run(ids.AsSpan(200), LogitsOf.Last, TestContext.Current.CancellationToken);

        Assert.InRange(Comparison.RelativeL2(text.Logits, expected.Logits), 0, 4e-2);
    }

    /// <summary>Tokens one by one: over pages in int4, of which one becomes full, several blocks with a part each and those that have none.</summary>
    [Theory]
    [InlineData(64, 2, 1)]
    [InlineData(128, 5, 1)]
    public void Tokens_have_the_processors_logits_but_for_rounding(int headDim, int heads, int kvHeads)
    {
        using CudaDevice device = EmulatedDevice.Open(sharedKilobytes: 227);
        ModelConfig config = Config(headDim, heads, kvHeads);
        using TritterModel model = TritterModel.Random(config, seed: 3);
        using var team = new ThreadTeam(1);
        using Session expected = Sessions.Alone(model, team, 1024, KvPrecision.Int4);
        using var onDevice = new CudaModel(device, model);
        using var text = new CudaText(onDevice, 1024, precision: KvPrecision.Int4);
        int[] ids = [.. TinyModel.Prompt(700).Select(i => i % config.VocabSize)];
        int read = 0;
        foreach (int next in new[] { 10, 64, 66, 127, 130, 192, 194, 574, 577, 700 })
        {
            // Most of them together, the last two by themselves.
            text.Run(ids.AsSpan(read, next - read - Math.Min(2, next - read - 1)), LogitsOf.None, TestContext.Current.CancellationToken);
            foreach (int id in ids.AsSpan(text.Tokens.Count, next - text.Tokens.Count))
            {
                text.Run([id], LogitsOf.Last, TestContext.Current.CancellationToken);
            }

            read = next;
            if (read == 577)
            {
                text.Kv.HoldFrom(448, read);
            }

            expected.Read(ids.AsSpan(0, read), TestContext.Current.CancellationToken);
            Assert.InRange(Comparison.RelativeL2(text.Logits, expected.Logits), 0, 4e-2);
        }
    }

    [Fact]
    public void The_check_that_a_card_has_to_pass_reads_pages()
    {
        using CudaDevice device = EmulatedDevice.Open();
        using TritterModel model = TritterModel.Random(Config(64, 2, 1), seed: 3);
        using var onDevice = new CudaModel(device, model);

        CudaSelfCheck.Run(model, onDevice, KvPrecision.Int4);
    }

    /// <summary>A model whose layers are in host memory, of which the computing stream is late, against one on the device.</summary>
    [Fact]
    public void Streamed_layers_give_the_same_logits()
    {
        EmulatedDevice.Library();
        ModelConfig config = Config(64, 2, 1);
        using TritterModel model = TritterModel.Random(config, seed: 3);
        int[] ids = [.. TinyModel.Prompt(200).Select(i => i % config.VocabSize)];
        float[] whole = Logits(late: -1, new GpuMemory());
        float[] streamed = Logits(late: 0, new GpuMemory(CudaMemory.FixedBytes(config, 4, CudaPlacement.Buffers) + CudaPlacement.Buffers * CudaLayer.MatrixBytes(config), LayerGroup: 1));

        Bits.AssertEqual(whole, streamed, "logits");

        float[] Logits(int late, GpuMemory memory)
        {
            EmulatedDevice.MakeLazy(late);
            try
            {
                using CudaDevice device = EmulatedDevice.Open();
                using var onDevice = new CudaModel(device, model, memory);
                using var text = new CudaText(onDevice, 256, precision: KvPrecision.Int4);
                text.Run(ids.AsSpan(0, 199), LogitsOf.None, TestContext.Current.CancellationToken);
                text.Run(ids.AsSpan(199), LogitsOf.Last, TestContext.Current.CancellationToken);
                return text.Logits.ToArray();
            }
            finally
            {
                EmulatedDevice.MakeLazy(-1);
            }
        }
    }

    /// <summary>An edit in the middle of a page, behind which others were full, leaves what another order of reading gives.</summary>
    [Fact]
    public void Codes_do_not_depend_on_how_a_text_was_read()
    {
        const int Length = 300, Capacity = 320;
        using CudaDevice device = EmulatedDevice.Open();
        ModelConfig config = Config(64, 2, 1) with { Layers = [new LayerAttention(int.MaxValue, Rope: true), new LayerAttention(int.MaxValue, Rope: false)] };
        using TritterModel model = TritterModel.Random(config, seed: 3);
        using var onDevice = new CudaModel(device, model);
        int[] ids = [.. TinyModel.Prompt(Length).Select(i => i % config.VocabSize)];
        using var whole = new CudaText(onDevice, Capacity, precision: KvPrecision.Int4);
        using var edited = new CudaText(onDevice, Capacity, precision: KvPrecision.Int4);
        whole.Run(ids, LogitsOf.None, TestContext.Current.CancellationToken);

        int[] other = [.. ids.Select(i => (i + 1) % config.VocabSize)];
        edited.Run(ids.AsSpan(0, 100), LogitsOf.None, TestContext.Current.CancellationToken);
        edited.Run(other.AsSpan(100, 170), LogitsOf.None, TestContext.Current.CancellationToken);
        Assert.Equal(100, edited.Seek(ids));
        edited.Run(ids.AsSpan(100), LogitsOf.None, TestContext.Current.CancellationToken);

        int page = 2 * Int4Codes.Bytes(config.HeadDim);
        for (int layer = 0; layer < config.Layers.Count; layer++)
        {
            byte[] expected = new byte[Length / Page * page], actual = new byte[expected.Length];
            device.Download<byte>(whole.Kv.Packed(layer), expected);
            device.Download<byte>(edited.Kv.Packed(layer), actual);
            Assert.Equal(expected, actual);
        }
    }

    /// <summary>What an edit far from a text's end finds: copies of what int8 held before. Whatever moves in between, a position stays where it is said to be.</summary>
    [Theory]
    [InlineData(40, 4096, 64)]
    [InlineData(1000, 16384, 1024)]
    public void A_text_is_gone_back_to_where_it_can_be_gone_on_with(int window, int keptEvery, int seen)
    {
        const int HeadDim = 64, Head = 1, Chunk = CudaModel.MaxChunk;
        int end = 2 * keptEvery + 1500;
        using CudaDevice device = EmulatedDevice.Open();
        ModelConfig config = Config(HeadDim, 2, 2) with { Layers = [new LayerAttention(int.MaxValue, Rope: true), new LayerAttention(window, Rope: true)] };
        using var kv = new CudaKv(device, config, 2 * keptEvery, KvPrecision.Int4);
        var written = new Dictionary<int, (sbyte, float)>();
        for (int position = 0; position < end; position += Chunk)
        {
            if (position == 2 * keptEvery)
            {
                kv.Grow(3 * keptEvery, position);
            }

            int count = Math.Min(Chunk, end - position);
            kv.Begin(position, count);
            for (int p = position; p < position + count; p += Page / 2)
            {
                Write(p, p / 32 % 100);
            }

            kv.Advance(position, count);
        }

        Assert.Equal(end - 1, kv.GoBack(end - 1));
        int back = end - CudaKvLayout.RewindPositions;
        Assert.Equal(back, kv.GoBack(back));
        Check(back);
        Assert.Equal(keptEvery, kv.GoBack(keptEvery + 70));
        kv.Begin(keptEvery, 500);
        Check(keptEvery);
        Write(keptEvery + 480, 7);
        kv.Advance(keptEvery, 500);
        Check(keptEvery);
        Assert.Equal(keptEvery + 30, kv.GoBack(keptEvery + 30));
        Assert.Equal(0, kv.GoBack(keptEvery - 1));
        Assert.Equal(0, kv.GoBack(0));

        void Write(int position, int value)
        {
            written[position] = ((sbyte)value, value);
            device.Upload<sbyte>([(sbyte)value], kv.Values(1) + (Head * kv.HeldPositions + position) * HeadDim);
            device.Upload<float>([value], kv.KeyScales(1) + (Head * kv.HeldPositions + position) * sizeof(float));
        }

        // All that a token at a position sees.
        void Check(int position)
        {
            for (int p = position / Page * Page - seen; p < position; p += Page / 2)
            {
                var value = new sbyte[1];
                var scale = new float[1];
                device.Download<sbyte>(kv.Values(1) + (Head * kv.HeldPositions + p) * HeadDim, value);
                device.Download<float>(kv.KeyScales(1) + (Head * kv.HeldPositions + p) * sizeof(float), scale);
                Assert.Equal((p, written[p]), (p, (value[0], scale[0])));
            }
        }
    }

    /// <summary>What a warp does with pages, against the softmax over what the codes stand for, in doubles.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public void Decoding_attends_to_pages_as_to_what_their_codes_stand_for(int headDim)
    {
        const int Pages = 3, Queries = 4;
        const float Scale = 0.1f;
        using CudaDevice device = EmulatedDevice.Open();
        using var kv = new CudaKv(device, Config(headDim, Queries, 1), Pages * Page, KvPrecision.Int4);
        var random = new Random(11);
        foreach (nint elements in new[] { kv.Keys(0), kv.Values(0) })
        {
            device.Upload<sbyte>([.. Enumerable.Range(0, Pages * Page * headDim).Select(i => (sbyte)(random.Next(-60, 61) + i % 7 * 10))], elements);
        }

        foreach (nint scales in new[] { kv.KeyScales(0), kv.ValueScales(0) })
        {
            device.Upload<float>([.. Enumerable.Range(0, Pages * Page).Select(_ => (float)(0.5 + random.NextDouble()) / 50)], scales);
        }

        kv.Pack(0, 0, Pages * Page);
        int half = Int4Codes.Bytes(headDim);
        byte[] packed = new byte[2 * Pages * half];
        device.Download<byte>(kv.Packed(0), packed);
        float[] queries = [.. Enumerable.Range(0, Queries * headDim).Select(i => (float)(random.NextDouble() * 4 - 2) * (i < headDim ? 5 : 1))];
        using CudaBuffer onDevice = device.Upload<float>(queries), result = device.Allocate(Queries * headDim * sizeof(float));
        device.Launch($"int4_pages_{headDim}", 1, 1, 32, 0, onDevice, kv.Packed(0), Pages, Scale, result);
        float[] actual = new float[Queries * headDim];
        device.Download<float>(result.Pointer, actual);

        double[] expected = new double[Queries * headDim];
        for (int q = 0; q < Queries; q++)
        {
            double[] weights = [.. Enumerable.Range(0, Pages * Page).Select(p => Math.Exp(Scale * Enumerable.Range(0, headDim).Sum(d => queries[q * headDim + d] * Element(packed, p, d, keys: true))))];
            for (int d = 0; d < headDim; d++)
            {
                expected[q * headDim + d] = weights.Select((weight, p) => weight * Element(packed, p, d, keys: false)).Sum() / weights.Sum();
            }

            // Queries and weights have 15 bits.
            Assert.InRange(Comparison.RelativeL2(actual.AsSpan(q * headDim, headDim), [.. expected.AsSpan(q * headDim, headDim).ToArray().Select(x => (float)x)]), 0, 3e-4);
        }

        double Element(ReadOnlySpan<byte> all, int position, int d, bool keys)
        {
            ReadOnlySpan<byte> own = all.Slice((2 * (position / Page) + (keys ? 0 : 1)) * half, half);
            ReadOnlySpan<ushort> bits = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(own[Int4Codes.CodeBytes(headDim)..]);
            return Int4Codes.FromBFloat16(bits[headDim + d]) + (double)Int4Codes.FromBFloat16(bits[d]) * Code(own, position % Page, d, headDim, keys);
        }
    }

    private static ModelConfig Config(int headDim, int heads, int kvHeads) => new(
        120, 128, heads, kvHeads, headDim, 192, 1e-5f, 10000f, 1f / MathF.Sqrt(headDim), 1 << 16,
        [new LayerAttention(int.MaxValue, Rope: true), new LayerAttention(40, Rope: true)], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));

    /// <summary>The code of a channel at a position of a page on the device: Kernels/packed.h's PackedHalf.</summary>
    private static int Code(ReadOnlySpan<byte> half, int slot, int d, int headDim, bool keys)
    {
        // Elements of a group and the group beside it, in whose word's low and high bits they are.
        int element = keys ? d : slot, piece = element % 16 / 4, b = element % 4 is 1 or 2 ? 3 - element % 4 : element % 4;
        int channel = d % (headDim / 8);
        int word = keys
            ? (slot % 8 * 8 + slot / 8) * (headDim / 8) + piece * (headDim / 32) + d / 32
            : ((channel / 2 * 8 + d / (headDim / 8)) * 4 + piece) * 4 + 2 * (channel % 2) + slot / 32;
        return half[4 * word + b] >> (element % 32 < 16 ? 0 : 4) & 15;
    }
}
