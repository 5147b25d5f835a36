namespace Tritter.Inference.Model;

/// <summary>A model folder cannot be used. The message is one line: which file, which tensor or key, what was expected and what was found.</summary>
public sealed class ModelFormatException : Exception
{
    public ModelFormatException(string file, string problem, Exception? cause = null)
        : base($"{file}: {problem}", cause)
    {
        File = file;
    }

    /// <summary>Path of the file at fault.</summary>
    public string File { get; }
}
