using System.Collections.Concurrent;
using Tritter.Core.Completion;

namespace Tritter.Server.Tests.Client;

/// <summary>A model whose every completion waits until the test lets it answer, or until it is cancelled.</summary>
internal sealed class PlayedModel
{
    private readonly SemaphoreSlim _answers = new(0);
    private readonly SemaphoreSlim _begun = new(0);

    /// <summary>Documents' paths in the order in which the model was asked about them.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Waits until the model works on one more completion.</summary>
    public async Task BegunAsync() => Assert(await _begun.WaitAsync(LspTestClient.Patience));

    /// <summary>Lets one completion answer.</summary>
    public void Answer() => _answers.Release();

    public CompletionResult Complete(CompletionRequest request, CancellationToken cancellationToken)
    {
        Asked.Enqueue(request.Document.Path);
        _begun.Release();
        _answers.Wait(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            // The answer is for the next one: a wait may end well although it was cancelled a moment before.
            _answers.Release();
            cancellationToken.ThrowIfCancellationRequested();
        }

        return InProcessServer.Say($"after {request.Document.Text}");
    }

    private static void Assert(bool inTime) => Xunit.Assert.True(inTime, "the model was not asked");
}
