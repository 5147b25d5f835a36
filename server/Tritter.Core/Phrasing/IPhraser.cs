namespace Tritter.Core.Phrasing;

/// <summary>A model that says in its own words what was found: one of another machine that the user named, or a chat model on this one.</summary>
public interface IPhraser
{
    /// <summary>What people call it.</summary>
    string Model { get; }

    /// <summary>The host that everything it is given is sent to; null when nothing leaves this machine.</summary>
    string? Host { get; }

    /// <summary>Most characters that it is to be given.</summary>
    int MaxCharacters { get; }

    /// <summary>Writes an answer. Computes on the calling thread, or waits for another machine without blocking it.</summary>
    /// <param name="instructions">What it is to do.</param>
    /// <param name="material">The question and all that it may use.</param>
    /// <param name="onText">Told of each piece of text; false ends the answer.</param>
    /// <exception cref="PhrasingFailure">There is no answer, or no more of it.</exception>
    /// <exception cref="OperationCanceledException"/>
    Task WriteAsync(string instructions, string material, Func<string, bool> onText, CancellationToken cancellationToken);
}

/// <summary>A model gave no answer. The message is one line that says what to do about it, if anything.</summary>
/// <param name="wasSent">Whether the question may have left this machine.</param>
public sealed class PhrasingFailure(string message, bool wasSent, Exception? cause = null) : Exception(message.ReplaceLineEndings(" "), cause)
{
    public bool WasSent => wasSent;
}
