using Tritter.Inference.Kernels;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>
/// A model's layers on a device, and those for which it has no memory: they wait in pinned host memory and come in groups, each into one of two places
/// in turn. A pass over the layers goes in <see cref="Steps"/>, with <see cref="Begin"/> before each and <see cref="End"/> behind: while one group is
/// computed the next one is copied, and behind the last one those that the next pass begins with.
/// </summary>
internal sealed unsafe class CudaLayers : IDisposable
{
    private readonly CudaDevice _device;
    private readonly List<CudaBuffer> _buffers = [];
    private readonly CudaCopyStream? _copies;
    private readonly CudaLayer[][] _turns;

    /// <summary>Of the groups: in host memory, and their bytes.</summary>
    private readonly List<(nint Host, long Bytes)> _groups = [];

    /// <summary>Of the places on the device, and when they were filled and read last.</summary>
    private readonly nint[] _places = new nint[CudaPlacement.Buffers], _copied = new nint[CudaPlacement.Buffers], _computed = new nint[CudaPlacement.Buffers];

    /// <summary>Groups that were read, of all passes; the next one is at place _read % 2, and the one behind it has been asked for.</summary>
    private long _read;
    private int _step;
    private List<(nint Start, nint End)>? _copyTimes, _computeTimes;

    /// <exception cref="CudaException">There is not enough memory.</exception>
    public CudaLayers(CudaDevice device, TritterModel model, CudaPlacement placement)
    {
        _device = device;
        Placement = placement;
        ModelConfig config = model.Config;
        int[] streamed = [.. Enumerable.Range(0, placement.Layers).Where(layer => !placement.IsResident(layer))];
        int[][] groups = streamed.Length == 0 ? [] : [.. streamed.Chunk(placement.Group)];
        Steps = groups.Length == 0 ? [(0, placement.Layers)]
            : [.. groups.Select((group, g) => (g == 0 ? 0 : group[0], g + 1 == groups.Length ? placement.Layers : groups[g + 1][0]))];
        long matrixBytes = CudaLayer.MatrixBytes(config), normBytes = CudaLayer.NormBytes(config);
        try
        {
            _turns = new CudaLayer[groups.Length == 0 ? 1 : CudaPlacement.Buffers][];
            nint norms = Own(device.Allocate(placement.Layers * normBytes)).Pointer;
            nint resident = placement.Resident == 0 ? 0 : Own(device.Allocate(placement.Resident * matrixBytes)).Pointer;
            if (groups.Length > 0)
            {
                _copies = new CudaCopyStream(device);
                for (int place = 0; place < CudaPlacement.Buffers; place++)
                {
                    _places[place] = Own(device.Allocate(placement.Group * matrixBytes)).Pointer;
                    (_copied[place], _computed[place]) = (_copies.NewEvent(), _copies.NewEvent());
                }

                _groups.AddRange(groups.Select(group => (_copies.AllocateHost(group.Length * matrixBytes), group.Length * matrixBytes)));
            }

            for (int turn = 0; turn < _turns.Length; turn++)
            {
                nint next = resident;
                _turns[turn] = new CudaLayer[placement.Layers];
                for (int layer = 0, come = 0; layer < placement.Layers; layer++)
                {
                    nint at;
                    if (placement.IsResident(layer))
                    {
                        at = next;
                        next += (nint)matrixBytes;
                    }
                    else
                    {
                        at = _places[(come / placement.Group + turn) % CudaPlacement.Buffers] + (nint)(come % placement.Group * matrixBytes);
                        come++;
                    }

                    _turns[turn][layer] = new CudaLayer(config, model.Layers[layer], at, norms + (nint)(layer * normBytes));
                }
            }

            LayOut(model, streamed, matrixBytes, normBytes);
            Ask(0);
            Ask(1);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public CudaPlacement Placement { get; }

    /// <summary>Layers from one to another, all of them in order.</summary>
    public IReadOnlyList<(int From, int To)> Steps { get; }

    public int Count => Placement.Layers;

    /// <summary>Which of <see cref="Turns"/> holds for the pass at hand, or the one that comes: groups change places where their number is odd.</summary>
    public int Turn { get; private set; }

    /// <summary>How layers lie in a pass.</summary>
    public IReadOnlyList<IReadOnlyList<CudaLayer>> Turns => _turns;

    /// <summary>A layer as it lies in the pass at hand.</summary>
    public CudaLayer this[int layer] => _turns[Turn][layer];

    /// <summary>Bytes that every pass brings to the device.</summary>
    public long StreamedBytes => _groups.Sum(group => group.Bytes);

    /// <summary>Has what is computed from now on wait for the layers of a step; before each of its layers or before the first alone.</summary>
    public void Begin(int layer)
    {
        if (_copies is null)
        {
            return;
        }

        if (layer == 0 && _step != 0)
        {
            // The pass before has failed half way.
            StartAgain();
        }

        if (layer != Steps[_step].From)
        {
            return;
        }

        _copies.ComputeAfter(_copied[Place]);
        Mark(_computeTimes, start: true, _copies.RecordComputed);
    }

    /// <summary>All that reads a layer has been asked for; behind the last one of a step the place of its group is free for another.</summary>
    public void End(int layer)
    {
        if (_copies is null || layer + 1 != Steps[_step].To)
        {
            return;
        }

        Mark(_computeTimes, start: false, _copies.RecordComputed);
        _copies.RecordComputed(_computed[Place]);
        _copies.CopyAfter(_computed[Place]);
        _read++;
        Ask(1);
        if (++_step == Steps.Count)
        {
            _step = 0;
            Turn = Place;
        }
    }

    /// <summary>Has what is copied and computed from now on be timed.</summary>
    public void StartTimes() => (_copyTimes, _computeTimes) = ([], []);

    /// <summary>Waits for all; milliseconds of copying and of computing since <see cref="StartTimes"/>, each without what it waited for.</summary>
    public (double Copying, double Computing) TakeTimes()
    {
        if (_copies is null || _copyTimes is null || _computeTimes is null)
        {
            return (0, 0);
        }

        _device.Synchronize();
        _copies.Synchronize();
        (double, double) times = (Sum(_copyTimes), Sum(_computeTimes));
        (_copyTimes, _computeTimes) = (null, null);
        return times;

        double Sum(List<(nint Start, nint End)> spans)
        {
            double sum = 0;
            foreach ((nint start, nint end) in spans)
            {
                sum += _copies.Elapsed(start, end);
                _copies.Destroy(start);
                _copies.Destroy(end);
            }

            return sum;
        }
    }

    public void Dispose()
    {
        if (_copies is not null)
        {
            foreach (nint e in _copied.Concat(_computed).Where(e => e != 0))
            {
                _copies.Destroy(e);
            }

            _copies.Dispose();
        }

        _buffers.ForEach(buffer => buffer.Dispose());
    }

    private int Place => (int)(_read % CudaPlacement.Buffers);

    private void StartAgain()
    {
        _device.Synchronize();
        _copies!.Synchronize();
        (_read, _step, Turn) = (0, 0, 0);
        Ask(0);
        Ask(1);
    }

    /// <summary>Has the group copied that is read after <paramref name="ahead"/> others.</summary>
    private void Ask(int ahead)
    {
        if (_copies is null)
        {
            return;
        }

        int place = (int)((_read + ahead) % CudaPlacement.Buffers);
        (nint host, long bytes) = _groups[(int)((_read + ahead) % _groups.Count)];
        Mark(_copyTimes, start: true, _copies.RecordCopied);
        _copies.Copy(host, _places[place], bytes);
        Mark(_copyTimes, start: false, _copies.RecordCopied);
        _copies.RecordCopied(_copied[place]);
    }

    private void Mark(List<(nint Start, nint End)>? spans, bool start, Action<nint> record)
    {
        if (spans is null)
        {
            return;
        }

        nint e = _copies!.NewEvent();
        record(e);
        if (start)
        {
            spans.Add((e, 0));
        }
        else
        {
            spans[^1] = (spans[^1].Start, e);
        }
    }

    /// <summary>Every layer's weights to where they stay. The same weights in several layers, as a benchmark has them, are laid out once.</summary>
    private void LayOut(TritterModel model, int[] streamed, long matrixBytes, long normBytes)
    {
        using var matrices = new AlignedBuffer<byte>(matrixBytes);
        using var norms = new AlignedBuffer<byte>(normBytes);
        foreach (IGrouping<LayerWeights, int> layers in Enumerable.Range(0, Placement.Layers).GroupBy(layer => model.Layers[layer]))
        {
            CudaLayer.LayOutMatrices(layers.Key, matrices.Span);
            CudaLayer.LayOutNorms(layers.Key, norms.Span);
            foreach (int layer in layers)
            {
                CudaLayer at = _turns[0][layer];
                _device.Upload<byte>(norms.Span, at.InputNorm);
                int come = Array.BinarySearch(streamed, layer);
                if (come < 0)
                {
                    _device.Upload<byte>(matrices.Span, at.QueryKeyValue.Pointer);
                }
                else
                {
                    Buffer.MemoryCopy(matrices.Pointer, (byte*)_groups[come / Placement.Group].Host + come % Placement.Group * matrixBytes, matrixBytes, matrixBytes);
                }
            }
        }
    }

    private CudaBuffer Own(CudaBuffer buffer)
    {
        _buffers.Add(buffer);
        return buffer;
    }
}
