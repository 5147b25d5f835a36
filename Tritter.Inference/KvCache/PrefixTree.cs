using Tritter.Inference.Kernels;

namespace Tritter.Inference.KvCache;

/// <summary>
/// Every page that was computed and is still kept, as a tree of token prefixes: texts that begin alike share their pages. Pages that no
/// text reads stay until the memory budget needs their place, least recently used first. Not thread-safe: the engine's owner alone uses it.
/// </summary>
/// <remarks>The idea of a prefix tree over pages of keys and values: SGLang's RadixAttention (arXiv:2312.07104) over vLLM's pages (arXiv:2309.06180).</remarks>
internal sealed class PrefixTree : IDisposable
{
    private readonly KvPage _root = new(null);
    private readonly List<KvPage> _pages = [];
    private readonly Stack<AlignedBuffer<byte>> _freeFull = new();
    private readonly Stack<AlignedBuffer<byte>> _freeSliding = new();
    private long _uses;

    /// <param name="budget">Bytes to keep; what is being read is kept even beyond.</param>
    public PrefixTree(KvLayout layout, long budget)
    {
        Layout = layout;
        Budget = budget;
    }

    public KvLayout Layout { get; }

    public long Budget { get; }

    /// <summary>Bytes of memory held, free buffers included.</summary>
    public long ByteLength { get; private set; }

    /// <summary>Pages kept.</summary>
    public int Pages => _pages.Count;

    /// <summary>
    /// The longest beginning of <paramref name="tokens"/> that is kept: pages from the first on, all full but for the last, and how many
    /// tokens of the last one agree.
    /// </summary>
    public List<KvPage> Find(ReadOnlySpan<int> tokens, out int length)
    {
        var path = new List<KvPage>();
        KvPage node = _root;
        length = 0;
        while (length < tokens.Length)
        {
            KvPage? best = null;
            int common = 0;
            foreach (KvPage child in node.Children)
            {
                int c = child.CommonPrefix(tokens[length..]);
                if (c > common)
                {
                    (best, common) = (child, c);
                }
            }

            if (best is null)
            {
                break;
            }

            path.Add(best);
            length += common;
            if (common < KvLayout.PagePositions)
            {
                break;
            }

            node = best;
        }

        length = Usable(path, length);
        path.RemoveRange(KvLayout.Pages(length), path.Count - KvLayout.Pages(length));
        return path;
    }

    /// <summary>A new page after <paramref name="parent"/> (null: the first), with memory of its own.</summary>
    public KvPage Add(KvPage? parent)
    {
        var page = new KvPage(parent ?? _root)
        {
            Full = Rent(_freeFull, Layout.FullBytes),
            Sliding = Rent(_freeSliding, Layout.SlidingBytes),
        };
        Touch(page);
        page.Parent!.Children.Add(page);
        _pages.Add(page);
        return page;
    }

    public void Touch(KvPage page) => page.LastUse = ++_uses;

    /// <summary>Gives a page back that has no users and no children.</summary>
    public void Remove(KvPage page)
    {
        page.Parent!.Children.Remove(page);
        _pages.Remove(page);
        Return(_freeFull, page.Full!);
        page.Full = null;
        DropSliding(page);
    }

    /// <summary>Gives a page's sliding part back, when every window has passed it.</summary>
    public void DropSliding(KvPage page)
    {
        if (page.Sliding is { } sliding)
        {
            Return(_freeSliding, sliding);
            page.Sliding = null;
        }
    }

    /// <summary>Gives back pages that no text reads, least recently used first, until there is room for another within the budget.</summary>
    /// <returns>Whether there is.</returns>
    public bool Evict()
    {
        while (BytesWithAnother > Budget)
        {
            KvPage? oldest = null;
            foreach (KvPage page in _pages)
            {
                if (page.Users == 0 && page.Children.Count == 0 && (oldest is null || page.LastUse < oldest.LastUse))
                {
                    oldest = page;
                }
            }

            if (oldest is null)
            {
                return false;
            }

            Remove(oldest);
        }

        return true;
    }

    /// <summary>Gives back every page that no text reads.</summary>
    public void Clear()
    {
        while (_pages.Find(p => p.Users == 0 && p.Children.Count == 0) is { } page)
        {
            Remove(page);
        }
    }

    public void Dispose()
    {
        foreach (KvPage page in _pages)
        {
            page.Dispose();
        }

        foreach (AlignedBuffer<byte> buffer in _freeFull.Concat(_freeSliding))
        {
            buffer.Dispose();
        }

        _pages.Clear();
        _root.Children.Clear();
    }

    /// <summary>The longest part of a path's <paramref name="length"/> tokens whose windows before its end are still held.</summary>
    public int Usable(List<KvPage> path, int length)
    {
        for (int i = KvLayout.Pages(length) - 1; i >= 0; i--)
        {
            if (i >= Layout.FirstPageSeen(length) && path[i].Sliding is null)
            {
                length = i * KvLayout.PagePositions;
            }
        }

        return length;
    }

    private long BytesWithAnother =>
        ByteLength + (_freeFull.Count == 0 ? Layout.FullBytes : 0) + (_freeSliding.Count == 0 ? Layout.SlidingBytes : 0);

    private AlignedBuffer<byte> Rent(Stack<AlignedBuffer<byte>> free, long bytes)
    {
        if (free.TryPop(out AlignedBuffer<byte>? buffer))
        {
            return buffer;
        }

        ByteLength += bytes;
        return new AlignedBuffer<byte>(bytes);
    }

    private void Return(Stack<AlignedBuffer<byte>> free, AlignedBuffer<byte> buffer)
    {
        if (ByteLength <= Budget)
        {
            free.Push(buffer);
        }
        else
        {
            ByteLength -= buffer.ByteLength;
            buffer.Dispose();
        }
    }
}
