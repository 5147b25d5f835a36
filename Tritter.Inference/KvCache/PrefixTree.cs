using Tritter.Inference.Kernels;

namespace Tritter.Inference.KvCache;

/// <summary>
/// Every page that was computed and is still kept, as a tree of token prefixes: texts that begin alike share their pages. Pages that no
/// text reads stay until the memory budget needs their place, least recently used first. Not thread-safe: the engine's owner alone uses it.
/// </summary>
/// <remarks>The idea of a prefix tree over pages of keys and values: SGLang's RadixAttention (arXiv:2312.07104) over vLLM's pages (arXiv:2309.06180).</remarks>
internal sealed class PrefixTree : IDisposable
{
    private readonly KvPage _root = new();
    private readonly List<KvPage> _pages = [];
    private readonly Stack<KvPage> _free = new();
    private readonly Stack<AlignedBuffer<byte>> _freeSliding = new();
    private long _uses;
    private bool _disposed;

    /// <param name="budget">Bytes to keep; what is being read is kept even beyond.</param>
    public PrefixTree(KvLayout layout, long budget)
    {
        Layout = layout;
        Budget = budget;
    }

    public KvLayout Layout { get; }

    public long Budget { get; }

    /// <summary>Bytes of memory held, free pages included.</summary>
    public long ByteLength { get; private set; }

    /// <summary>Pages kept.</summary>
    public int Pages => _pages.Count;

    /// <summary>
    /// The longest beginning of <paramref name="tokens"/> that is kept: pages from the first on, all full but for the last, and how many
    /// tokens of the last one agree.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public List<KvPage> Find(ReadOnlySpan<int> tokens, out int length)
    {
        ThrowIfDisposed();
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
                if (c > common || (c > 0 && c == common && best!.Sliding is null))
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
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public KvPage Add(KvPage? parent)
    {
        ThrowIfDisposed();
        if (_free.Count == 0)
        {
            _free.Push(new KvPage { Full = Allocate(Layout.FullBytes) });
        }

        if (_freeSliding.Count == 0)
        {
            _freeSliding.Push(Allocate(Layout.SlidingBytes));
        }

        KvPage page = _free.Pop();
        page.Sliding = _freeSliding.Pop();
        page.Parent = parent ?? _root;
        page.Parent.Children.Add(page);
        Touch(page);
        _pages.Add(page);
        return page;
    }

    /// <summary>
    /// A page of one text has become full: when another page holds the same tokens after the same beginning, that one serves both, and
    /// gets back the sliding part that it may have given up.
    /// </summary>
    /// <returns>The page to use from now on.</returns>
    public KvPage Merge(KvPage page)
    {
        foreach (KvPage same in page.Parent!.Children)
        {
            if (same != page && same.Count == KvLayout.PagePositions && same.CommonPrefix(page.Tokens) == KvLayout.PagePositions)
            {
                if (same.Sliding is null)
                {
                    (same.Sliding, page.Sliding) = (page.Sliding, null);
                }

                foreach (KvPage child in page.Children)
                {
                    child.Parent = same;
                    same.Children.Add(child);
                }

                page.Children.Clear();
                same.Users += page.Users;
                page.Users = 0;
                Touch(same);
                Remove(page);
                return same;
            }
        }

        return page;
    }

    public void Touch(KvPage page) => page.LastUse = ++_uses;

    /// <summary>
    /// Gives a page back that has no users and no children, and those above it that were kept for it alone: without its sliding part a page
    /// helps only the pages after it.
    /// </summary>
    public void Remove(KvPage page)
    {
        do
        {
            KvPage parent = page.Parent!;
            parent.Children.Remove(page);
            _pages.Remove(page);
            ReleaseSliding(page);
            page.Parent = null;
            page.Count = 0;
            if (ByteLength <= Budget)
            {
                _free.Push(page);
            }
            else
            {
                Free(page.Full!);
            }

            page = parent;
        }
        while (page.Sliding is null && IsUnused(page) && page != _root);
    }

    /// <summary>Gives a page's sliding part back, when every window has passed it.</summary>
    public void DropSliding(KvPage page)
    {
        // A model without sliding layers has nothing to give, and its pages stay usable.
        if (Layout.SlidingBytes > 0)
        {
            ReleaseSliding(page);
        }
    }

    /// <summary>
    /// Gives back free memory and pages that no text reads, least recently used first, until there is room for another page within the budget.
    /// </summary>
    /// <returns>Whether there is.</returns>
    public bool Evict()
    {
        while (BytesWithAnother > Budget)
        {
            // What is free beyond the next page's need: a long text needs fewer sliding parts than others left behind.
            if (_freeSliding.Count > 1)
            {
                Free(_freeSliding.Pop());
            }
            else if (_free.Count > 1)
            {
                Free(_free.Pop().Full!);
            }
            else if (LeastRecentlyUsed() is { } page)
            {
                Remove(page);
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gives back every page that no text reads.</summary>
    public void Clear()
    {
        while (_pages.FindLast(IsUnused) is { } page)
        {
            Remove(page);
        }
    }

    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, typeof(InferenceEngine));

    /// <summary>Gives all memory back. Texts that are still open can only be closed afterwards.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (IDisposable memory in _pages.Concat(_free).Concat<IDisposable>(_freeSliding))
        {
            memory.Dispose();
        }

        _pages.Clear();
        _free.Clear();
        _freeSliding.Clear();
        _root.Children.Clear();
        ByteLength = 0;
    }

    /// <summary>The longest part of a path's <paramref name="length"/> tokens whose windows before its end are still held.</summary>
    public int Usable(List<KvPage> path, int length)
    {
        for (int i = KvLayout.Pages(length) - 1; i >= Layout.FirstPageSeen(length); i--)
        {
            if (path[i].Sliding is null)
            {
                length = i * KvLayout.PagePositions;
            }
        }

        return length;
    }

    private long BytesWithAnother =>
        ByteLength + (_free.Count == 0 ? Layout.FullBytes : 0) + (_freeSliding.Count == 0 ? Layout.SlidingBytes : 0);

    private static bool IsUnused(KvPage page) => page.Users == 0 && page.Children.Count == 0;

    private void ReleaseSliding(KvPage page)
    {
        if (page.Sliding is not { } sliding)
        {
            return;
        }

        page.Sliding = null;
        if (ByteLength <= Budget)
        {
            _freeSliding.Push(sliding);
        }
        else
        {
            Free(sliding);
        }
    }

    private KvPage? LeastRecentlyUsed()
    {
        KvPage? oldest = null;
        foreach (KvPage page in _pages)
        {
            if (IsUnused(page) && (oldest is null || page.LastUse < oldest.LastUse))
            {
                oldest = page;
            }
        }

        return oldest;
    }

    private AlignedBuffer<byte> Allocate(long bytes)
    {
        var buffer = new AlignedBuffer<byte>(bytes);
        ByteLength += bytes;
        return buffer;
    }

    private void Free(AlignedBuffer<byte> buffer)
    {
        ByteLength -= buffer.ByteLength;
        buffer.Dispose();
    }
}
