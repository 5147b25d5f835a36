using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>
/// Has the pages of the next layer that stays in the file read in while the one before it is computed, and gives back those of layers that are
/// done: two such layers are in memory at a time. It only saves time: a page that is not there yet is read when a worker comes to it.
/// </summary>
internal sealed class LayerReadAhead : IDisposable
{
    private readonly IReadOnlyList<LayerWeights> _layers;
    private readonly int[] _next;
    private readonly bool[] _mapped;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private volatile int _current;
    private volatile int _wanted = -1;
    private volatile bool _stop;

    /// <param name="layers">At least one stays in the file.</param>
    public LayerReadAhead(IReadOnlyList<LayerWeights> layers)
    {
        _layers = layers;
        _mapped = new bool[layers.Count];
        // After the last one comes the first: of the next token, or of the prompt's next chunk.
        _next = [.. Enumerable.Range(0, layers.Count).Select(i => Enumerable.Range(i + 1, layers.Count).Select(n => n % layers.Count).First(n => layers[n].IsInPlace))];
        _thread = new Thread(Loop) { IsBackground = true, Name = "tritter read-ahead" };
        _thread.Start();
    }

    /// <summary>A forward pass begins a layer, and no worker reads an earlier one's matrices any more.</summary>
    public void Enter(int layer)
    {
        _current = layer;
        if (_layers[layer].IsInPlace)
        {
            Volatile.Write(ref _mapped[layer], true);
        }

        if (_next[layer] != _wanted)
        {
            _wanted = _next[layer];
            _wake.Set();
        }
    }

    public void Dispose()
    {
        _stop = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Loop()
    {
        while (_wake.WaitOne() && !_stop)
        {
            int wanted = _wanted;
            for (int i = 0; i < _layers.Count; i++)
            {
                if (i != wanted && i != _current && Volatile.Read(ref _mapped[i]))
                {
                    Volatile.Write(ref _mapped[i], false);
                    foreach (TernaryMatrix matrix in _layers[i].Matrices)
                    {
                        MappedPages.GiveBack(matrix.Packed);
                    }
                }
            }

            Volatile.Write(ref _mapped[wanted], true);
            Func<bool> isOutdated = () => _stop || _wanted != wanted;
            foreach (TernaryMatrix matrix in _layers[wanted].Matrices)
            {
                MappedPages.Touch(matrix.Packed, isOutdated);
            }
        }
    }
}
