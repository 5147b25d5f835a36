using Tritter.Inference.Cuda;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Generation;

/// <summary>A text on a device that goes on elsewhere, with the same tokens computed anew, when the device fails.</summary>
/// <param name="onDevice">Where it begins.</param>
/// <param name="elsewhere">Told what failed, makes an empty text that cannot.</param>
internal sealed class FallbackText(IText onDevice, Func<CudaException, IText> elsewhere) : IText
{
    private IText _text = onDevice;
    private bool _moved;

    /// <summary>How many tokens the last call of <see cref="Run"/> had, and what it was asked for.</summary>
    private (int Count, LogitsOf Logits) _last;

    public int Capacity => _text.Capacity;

    public long KvBytes => _text.KvBytes;

    public int MaxChunk => _text.MaxChunk;

    public bool ChunksAreCheap => _text.ChunksAreCheap;

    public IReadOnlyList<int> Tokens => _text.Tokens;

    public ReadOnlySpan<int> TokenSpan => _text.TokenSpan;

    public Span<float> Logits
    {
        get
        {
            try
            {
                return _text.Logits;
            }
            catch (CudaException e) when (!_moved)
            {
                MoveWithLogits(e);
                return _text.Logits;
            }
        }
    }

    /// <summary>What a device has found with the last token it has sent already.</summary>
    public int Likeliest => _text.Likeliest;

    public bool TryFind(CandidateLimits limits, IReadOnlyList<int> ruledOut, List<ulong> found)
    {
        try
        {
            return _text.TryFind(limits, ruledOut, found);
        }
        catch (CudaException e) when (!_moved)
        {
            MoveWithLogits(e);
            return false;
        }
    }

    public int Seek(ReadOnlySpan<int> tokens)
    {
        try
        {
            return _text.Seek(tokens);
        }
        catch (CudaException e) when (!_moved)
        {
            Move(e);
            return _text.Seek(tokens);
        }
    }

    public void Run(ReadOnlySpan<int> tokens, LogitsOf logits, CancellationToken cancellationToken)
    {
        if (_moved)
        {
            _text.Run(tokens, logits, cancellationToken);
            return;
        }

        try
        {
            _text.Run(tokens, logits, cancellationToken);
            _last = (tokens.Length, logits);
        }
        catch (CudaException e)
        {
            int[] held = [.. _text.Tokens];
            Move(e);
            int found = _text.Seek(held);
            Compute(held.AsSpan(found), LogitsOf.None, cancellationToken);
            Compute(tokens, logits, cancellationToken);
        }
    }

    public void Save(string path, ReadOnlySpan<byte> model)
    {
        try
        {
            _text.Save(path, model);
        }
        catch (CudaException e) when (!_moved)
        {
            MoveWithLogits(e);
            _text.Save(path, model);
        }
    }

    public int Truncate(int length) => _text.Truncate(length);

    public void Dispose() => _text.Dispose();

    private void Move(CudaException problem)
    {
        IText text = elsewhere(problem);
        _text.Dispose();
        (_text, _moved) = (text, true);
    }

    private void MoveWithLogits(CudaException problem)
    {
        int[] held = [.. _text.Tokens];
        // A text that was cut off since then may be shorter.
        int count = Math.Min(_last.Count, held.Length);
        Move(problem);
        Compute(held.AsSpan(0, held.Length - count), LogitsOf.None, CancellationToken.None);
        Compute(held.AsSpan(held.Length - count), _last.Logits, CancellationToken.None);
    }

    /// <summary>In pieces: a device takes more tokens at a time.</summary>
    private void Compute(ReadOnlySpan<int> tokens, LogitsOf logits, CancellationToken cancellationToken)
    {
        while (!tokens.IsEmpty)
        {
            int count = logits == LogitsOf.All ? tokens.Length : Math.Min(tokens.Length, _text.MaxChunk);
            _text.Run(tokens[..count], count == tokens.Length ? logits : LogitsOf.None, cancellationToken);
            tokens = tokens[count..];
        }
    }
}
