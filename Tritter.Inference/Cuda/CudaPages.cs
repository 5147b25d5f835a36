using Tritter.Inference.KvCache;

namespace Tritter.Inference.Cuda;

/// <summary>
/// Takes int8 keys and values from a device to the host's pages and back: they are the same numbers in another order. What has come to pages can be
/// saved, and another text can begin with it.
/// </summary>
internal static unsafe class CudaPages
{
    /// <summary>Positions that come to the host at a time.</summary>
    private const int Stretch = 16 * KvLayout.PagePositions;

    /// <summary>Makes a text of the host's of one on a device. Sliding layers come as far back as a file keeps them.</summary>
    /// <param name="text">Goes over to the tokens.</param>
    /// <param name="tokens">Those that the device holds.</param>
    /// <param name="slidingFrom">The first position of which sliding layers have anything on the device.</param>
    public static void Download(CudaDevice device, CudaKv kv, PrefixTree tree, KvSequence text, ReadOnlySpan<int> tokens, int slidingFrom)
    {
        KvLayout layout = tree.Layout;
        int firstSliding = Math.Max(layout.PassedPages(tokens.Length), KvLayout.Pages(slidingFrom));
        sbyte[] elements = new sbyte[Stretch * layout.HeadDim];
        float[] scales = new float[Stretch];
        for (int from = text.Seek(tokens); from < tokens.Length;)
        {
            int end = Math.Min(tokens.Length, (from / Stretch + 1) * Stretch);
            text.Reserve(end - from);
            for (int page = from / KvLayout.PagePositions; page < Math.Min(KvLayout.Pages(end), firstSliding); page++)
            {
                tree.DropSliding(text.Pages[page]);
            }

            for (int layer = 0; layer < layout.Sliding.Count; layer++)
            {
                int first = layout.Sliding[layer] ? Math.Max(from, firstSliding * KvLayout.PagePositions) : from;
                for (int head = 0; head < layout.KvHeads && first < end; head++)
                {
                    foreach (bool keys in (ReadOnlySpan<bool>)[true, false])
                    {
                        (nint at, nint scalesAt) = Places(kv, layout, keys, layer, head, first);
                        device.Download(at, elements.AsSpan(0, (end - first) * layout.HeadDim));
                        device.Download(scalesAt, scales.AsSpan(0, end - first));
                        Write(text.Layer(layer), keys, head, first, end, elements, scales, layout.HeadDim);
                    }
                }
            }

            text.Advance(tokens[from..end]);
            from = end;
        }
    }

    /// <summary>Has a text on a device hold what the host's pages do, from one position to another.</summary>
    /// <param name="pages">The text's from its beginning on. Where one has no part for sliding layers these become zeros.</param>
    public static void Upload(CudaDevice device, CudaKv kv, KvLayout layout, List<KvPage> pages, int from, int end)
    {
        sbyte[] elements = new sbyte[(end - from) * layout.HeadDim];
        float[] scales = new float[end - from];
        for (int layer = 0; layer < layout.Sliding.Count; layer++)
        {
            for (int head = 0; head < layout.KvHeads; head++)
            {
                foreach (bool keys in (ReadOnlySpan<bool>)[true, false])
                {
                    Read(new KvLayer(layout, pages, layer), keys, head, from, pages, layout.Sliding[layer], elements, scales, layout.HeadDim);
                    (nint at, nint scalesAt) = Places(kv, layout, keys, layer, head, from);
                    device.Upload<sbyte>(elements, at);
                    device.Upload<float>(scales, scalesAt);
                }
            }
        }
    }

    private static (nint Elements, nint Scales) Places(CudaKv kv, KvLayout layout, bool keys, int layer, int head, int position)
    {
        nint place = head * (nint)kv.Positions + position;
        return keys ? (kv.Keys(layer) + place * layout.HeadDim, kv.KeyScales(layer) + place * sizeof(float)) : (kv.Values(layer) + place * layout.HeadDim, kv.ValueScales(layer) + place * sizeof(float));
    }

    private static void Write(KvLayer layer, bool keys, int head, int from, int end, sbyte[] elements, float[] scales, int headDim)
    {
        fixed (sbyte* q = elements)
        {
            for (int p = from; p < end; p++)
            {
                sbyte* element = q + (p - from) * (long)headDim;
                if (keys)
                {
                    layer.WriteKey(p, head, element, scales[p - from]);
                }
                else
                {
                    layer.WriteValue(p, head, element, scales[p - from]);
                }
            }
        }
    }

    private static void Read(KvLayer layer, bool keys, int head, int from, List<KvPage> pages, bool sliding, sbyte[] elements, float[] scales, int headDim)
    {
        Array.Clear(elements);
        Array.Clear(scales);
        fixed (sbyte* q = elements)
        {
            for (int i = 0; i < scales.Length; i++)
            {
                int p = from + i;
                if (sliding && pages[p / KvLayout.PagePositions].Sliding is null)
                {
                    continue;
                }

                scales[i] = keys ? layer.ReadKey(p, head, q + i * (long)headDim) : layer.ReadValue(p, head, q + i * (long)headDim);
            }
        }
    }
}
