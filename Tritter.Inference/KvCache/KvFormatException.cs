namespace Tritter.Inference.KvCache;

/// <summary>A file of keys and values cannot be used. The message is one line: which file, what was expected and what was found.</summary>
public sealed class KvFormatException(string file, string problem, Exception? cause = null) : Exception($"{file}: {problem}", cause)
{
    /// <summary>Path of the file at fault.</summary>
    public string File { get; } = file;
}
