using Tritter.Core.Completion;
using Tritter.Inference;
using Tritter.Inference.Cuda;
using Tritter.Inference.Model;

namespace Tritter.Server.Completions;

/// <summary>A completer for each adapter that was asked for; they share the model's packed weights. Used by one thread.</summary>
/// <param name="warn">Told once of each adapter that cannot be used.</param>
internal sealed class AdaptedCompleters(InferenceEngine engine, Action<string> warn) : IDisposable
{
    private readonly Dictionary<string, Completer?> _completers = new(StringComparer.Ordinal);

    /// <summary>Loads the adapter when it is first asked for.</summary>
    /// <returns>null when it cannot be used: the model then answers as it is.</returns>
    public Completer? Of(string folder)
    {
        if (!_completers.TryGetValue(folder, out Completer? completer))
        {
            _completers[folder] = completer = Load(folder);
        }

        return completer;
    }

    public void Dispose()
    {
        foreach (Completer? completer in _completers.Values)
        {
            completer?.Dispose();
        }
    }

    private Completer? Load(string folder)
    {
        try
        {
            engine.Adapter = engine.LoadAdapter(folder);
            return new Completer(engine);
        }
        catch (Exception e) when (e is ModelFormatException or CudaException)
        {
            warn($"the adapter cannot be used, the model answers without it: {e.Message}");
            return null;
        }
        finally
        {
            engine.Adapter = null;
        }
    }
}
