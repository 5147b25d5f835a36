using Tritter.Core.Completion;

namespace Tritter.Server.Completions;

/// <summary>What the model saw of the documents that it completed last. Thread-safe.</summary>
internal sealed class LastPrompts
{
    private const int MostDocuments = 8;

    private readonly Lock _lock = new();
    private readonly List<(string Uri, FimPrompt Prompt, CompletionCost Cost)> _prompts = [];

    public void Keep(string uri, CompletionResult result)
    {
        if (result.Prompt is not { } prompt)
        {
            return;
        }

        lock (_lock)
        {
            _prompts.RemoveAll(p => p.Uri == uri);
            _prompts.Add((uri, prompt, result.Cost));
            if (_prompts.Count > MostDocuments)
            {
                _prompts.RemoveAt(0);
            }
        }
    }

    /// <param name="uri">Null for the document that was completed last.</param>
    public (string Uri, FimPrompt Prompt, CompletionCost Cost)? Of(string? uri)
    {
        lock (_lock)
        {
            int at = _prompts.FindLastIndex(p => uri is null || p.Uri == uri);
            return at < 0 ? null : _prompts[at];
        }
    }
}
