using System.Reflection;
using Tritter.Core.Completion;
using Tritter.Core.Replay;
using Tritter.Inference.Model;

namespace Tritter.Server.Replays;

/// <summary>Completes, and keeps each completion in a replay file.</summary>
/// <param name="problem">Told in one line of a completion that could not be kept; it is answered unless this throws.</param>
internal sealed class RecordingCompleter(Completer completer, string modelDirectory, ReplayWriter file, Action<string> problem)
{
    private readonly Recorder _recorder = RecorderOf(completer, ModelIdentity.Of(modelDirectory));

    /// <summary>Recorders name this program's version, with the commit that it was built from.</summary>
    public static Recorder RecorderOf(Completer completer, ModelIdentity model) =>
        new(completer, model, typeof(RecordingCompleter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);

    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was kept.</exception>
    public CompletionResult Complete(CompletionRequest request, CancellationToken cancellationToken)
    {
        (CompletionResult result, CompletionRecord record) = _recorder.Complete(request, cancellationToken);
        try
        {
            file.Append(record);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem($"the completion could not be recorded: {e.Message}");
        }

        return result;
    }
}
