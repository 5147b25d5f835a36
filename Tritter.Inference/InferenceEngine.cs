namespace Tritter.Inference;

/// <summary>A loaded model folder: weights, tokenizer and generation defaults. Not thread-safe: one owner thread at a time.</summary>
public sealed class InferenceEngine : IDisposable
{
    /// <summary>Loads the model in <paramref name="directory"/> (config.json, model.safetensors, tokenizer.json, generation_config.json).</summary>
    /// <param name="threads">Worker threads; 0 takes one for each processor.</param>
    public static InferenceEngine Load(string directory, int threads = 0) => throw new NotSupportedException("being written");

    public void Dispose()
    {
    }
}
