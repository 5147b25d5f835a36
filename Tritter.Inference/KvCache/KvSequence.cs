using System.Runtime.InteropServices;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.KvCache;

/// <summary>The keys and values of one text: a path through the <see cref="PrefixTree"/>, whose last page is its own while it is written.</summary>
internal sealed class KvSequence : IDisposable
{
    /// <summary>Tokens after a prompt before the list of tokens has to grow.</summary>
    private const int RoomToGoOn = 1024;

    private readonly PrefixTree _tree;
    private readonly List<KvPage> _pages = [];
    private readonly List<int> _tokens = [];

    /// <summary>Pages before this one have given their sliding part back, or are read by others too.</summary>
    private int _thin;

    /// <param name="capacity">Most positions.</param>
    public KvSequence(PrefixTree tree, int capacity)
    {
        _tree = tree;
        Capacity = capacity;
    }

    public int Capacity { get; }

    /// <summary>Positions held.</summary>
    public int Length => _tokens.Count;

    public IReadOnlyList<int> Tokens => _tokens;

    public ReadOnlySpan<int> TokenSpan => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>The text's pages in order; more than its tokens need when room was made for others.</summary>
    public IReadOnlyList<KvPage> Pages => _pages;

    /// <summary>A layer's keys and values; valid until the next change.</summary>
    public KvLayer Layer(int layer) => new(_tree.Layout, _pages, layer);

    /// <summary>Goes over to the longest beginning of <paramref name="tokens"/> that is kept anywhere.</summary>
    /// <returns>Its length, which is <see cref="Length"/> now.</returns>
    public int Seek(ReadOnlySpan<int> tokens)
    {
        int common = CollectionsMarshal.AsSpan(_tokens).CommonPrefixLength(tokens);
        if (common == Length && common == tokens.Length)
        {
            return common;
        }

        _tokens.EnsureCapacity(Math.Min(Capacity, tokens.Length + RoomToGoOn));
        DropPagesFrom(KvLayout.Pages(Length));
        List<KvPage> path = _tree.Find(tokens, out int length);
        foreach (KvPage page in path)
        {
            page.Users++;
        }

        _pages.ForEach(page => page.Users--);
        _pages.Clear();
        _pages.AddRange(path);
        _thin = 0;
        CollectionsMarshal.SetCount(_tokens, length);
        tokens[..length].CopyTo(CollectionsMarshal.AsSpan(_tokens));
        _pages.ForEach(_tree.Touch);
        OwnLastPage();
        return length;
    }

    /// <summary>Makes room for the keys and values of <paramref name="count"/> more tokens.</summary>
    public void Reserve(int count)
    {
        OwnLastPage();
        while (_pages.Count < KvLayout.Pages(Length + count))
        {
            Append(NewPage(_pages.Count == 0 ? null : _pages[^1]));
        }
    }

    /// <summary>Counts tokens as held, after every layer has written their keys and values.</summary>
    public void Advance(ReadOnlySpan<int> tokens)
    {
        while (tokens.Length > 0)
        {
            KvPage page = _pages[Length / KvLayout.PagePositions];
            int slot = Length % KvLayout.PagePositions;
            int count = Math.Min(tokens.Length, KvLayout.PagePositions - slot);
            tokens[..count].CopyTo(page.Tokens.AsSpan(slot));
            page.Count = slot + count;
            CollectionsMarshal.SetCount(_tokens, Length + count);
            tokens[..count].CopyTo(CollectionsMarshal.AsSpan(_tokens)[^count..]);
            tokens = tokens[count..];
            if (page.Count == KvLayout.PagePositions)
            {
                Pack(page);
                _pages[(Length - 1) / KvLayout.PagePositions] = _tree.Merge(page);
            }
        }
    }

    /// <summary>
    /// Forgets everything from <paramref name="length"/> on, and more where the sliding windows before it are no longer held.
    /// </summary>
    /// <returns>The positions still held.</returns>
    public int Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        length = _tree.Usable(_pages, length);
        DropPagesFrom(KvLayout.Pages(length));
        CollectionsMarshal.SetCount(_tokens, length);
        _thin = 0;
        int used = length % KvLayout.PagePositions;
        if (used > 0 && IsOwn(_pages[^1]))
        {
            _pages[^1].Count = used;
        }

        return length;
    }

    /// <summary>The first page from which on all hold what sliding layers need to go on from the text's end, or from a little before it.</summary>
    public int FirstSliding()
    {
        int first = KvLayout.Pages(Length);
        while (first > _tree.Layout.PassedPages(Length) && _pages[first - 1].Sliding is not null)
        {
            first--;
        }

        return first;
    }

    /// <summary>The last page with memory of its own. What others have written behind the text's end is not in it.</summary>
    public unsafe KvPage CopyLastPage()
    {
        KvLayout layout = _tree.Layout;
        KvPage last = _pages[KvLayout.Pages(Length) - 1];
        var copy = new KvPage { Full = Copy(last.Full), Sliding = Copy(last.Sliding) };
        if (layout.Precision == KvPrecision.Int4 && Length % KvLayout.PagePositions > 0)
        {
            copy.Full!.Span.Clear();
        }

        using var zeros = new AlignedBuffer<float>(layout.HeadDim);
        for (int i = 0; i < layout.Sliding.Count; i++)
        {
            var layer = new KvLayer(layout, [copy], i);
            for (int slot = (Length - 1) % KvLayout.PagePositions + 1; slot < KvLayout.PagePositions; slot++)
            {
                for (int head = 0; head < layout.KvHeads; head++)
                {
                    layer.Write(slot, head, zeros.Pointer, zeros.Pointer);
                }
            }
        }

        return copy;
    }

    public void Dispose()
    {
        DropPagesFrom(KvLayout.Pages(Length));
        _pages.ForEach(page => page.Users--);
        _pages.Clear();
        _tokens.Clear();
        _tree.Evict();
    }

    /// <summary>Makes a full page's int4 heads where the precision has any. A page without its sliding part came from a file and has them.</summary>
    private void Pack(KvPage page)
    {
        if (_tree.Layout.Precision == KvPrecision.Int4 && page.Sliding is not null)
        {
            for (int i = 0; i < _tree.Layout.Sliding.Count; i++)
            {
                new KvLayer(_tree.Layout, [page], i).Pack(position: 0);
            }
        }
    }

    /// <summary>Whether nobody else reads a page or has gone on from it.</summary>
    private static bool IsOwn(KvPage page) => page.Users == 1 && page.Children.Count == 0;

    /// <summary>Gives up pages; those that nothing else uses are of no use to anybody.</summary>
    private void DropPagesFrom(int first)
    {
        for (int i = _pages.Count - 1; i >= first; i--)
        {
            KvPage page = _pages[i];
            if (--page.Users == 0 && page.Children.Count == 0)
            {
                _tree.Remove(page);
            }
        }

        _pages.RemoveRange(first, _pages.Count - first);
    }

    /// <summary>A last page that is not full is about to be written: others that read it, or have gone on from it, keep theirs.</summary>
    private void OwnLastPage()
    {
        int used = Length % KvLayout.PagePositions;
        DropPagesFrom(KvLayout.Pages(Length));
        if (used == 0 || (_pages[^1].Count == used && IsOwn(_pages[^1])))
        {
            return;
        }

        KvPage shared = _pages[^1];
        KvPage own = NewPage(_pages.Count == 1 ? null : _pages[^2]);
        // The whole page rather than the used part of each head: copying 64 positions takes microseconds.
        shared.Full!.Span.CopyTo(own.Full!.Span);
        shared.Sliding?.Span.CopyTo(own.Sliding!.Span);
        shared.Tokens.AsSpan(0, used).CopyTo(own.Tokens);
        own.Count = used;
        own.Users = 1;
        shared.Users--;
        _pages[^1] = own;
    }

    private void Append(KvPage page)
    {
        page.Users = 1;
        _pages.Add(page);
    }

    private KvPage NewPage(KvPage? parent)
    {
        if (!_tree.Evict())
        {
            DropPassedWindows();
        }

        return _tree.Add(parent);
    }

    private static AlignedBuffer<byte>? Copy(AlignedBuffer<byte>? part)
    {
        if (part is null)
        {
            return null;
        }

        var copy = new AlignedBuffer<byte>(part.Length);
        part.Span.CopyTo(copy.Span);
        return copy;
    }

    /// <summary>Gives up what windows have passed, the oldest first, until there is room for a page: the more is left, the further back an edit may be.</summary>
    private void DropPassedWindows()
    {
        int end = _tree.Layout.PassedPages(Length);
        for (; _thin < end && !_tree.Evict(); _thin++)
        {
            if (_pages[_thin].Users == 1)
            {
                _tree.DropSliding(_pages[_thin]);
            }
        }
    }
}
