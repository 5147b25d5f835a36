using System.Text;
using Tritter.Core.Completion;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;
using Tritter.Inference.Tokenizer;

namespace Tritter.Core.Evaluation;

/// <summary>Writes a file on from its beginning, left to right, as benchmarks of whole programs have it done. One owner thread at a time.</summary>
public sealed class Continuation : IDisposable
{
    private readonly InferenceEngine _engine;
    private readonly Session _session;
    private readonly int[] _suppressed;

    public Continuation(InferenceEngine engine)
    {
        _engine = engine;
        _session = engine.OpenSession(Math.Min(engine.Config.MaxPositions, FimPrompt.MaxTokens));
        _suppressed = [.. Enumerable.Range(0, engine.Config.VocabSize).Where(id => !IsText(id) && !engine.Defaults.StopTokens.Contains(id))];
    }

    /// <param name="path">The file's, which the model is told where it knows such headers.</param>
    /// <param name="beginning">Whole lines ending in \n: a token that lacks its end would be one that the model never saw there.</param>
    /// <param name="stops">Texts before which the continuation ends.</param>
    /// <param name="maxTokens">Most tokens to write.</param>
    /// <returns>What follows the beginning, without the stop text; empty where the beginning alone is too long for the model.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public string Write(string path, string beginning, IReadOnlyList<string> stops, SamplingOptions sampling, int maxTokens, CancellationToken cancellationToken)
    {
        List<int> prompt = Prompt(path, beginning);
        if (prompt.Count + maxTokens > _session.Capacity)
        {
            return "";
        }

        var decoder = new StreamingDecoder(_engine.Tokenizer);
        var text = new StringBuilder();
        int end = -1;
        var options = new GenerationOptions
        {
            MaxTokens = maxTokens,
            StopTokens = _engine.Defaults.StopTokens,
            SuppressedTokens = _suppressed,
            Sampling = sampling,
        };
        Generator.Generate(_session, [.. prompt], options, Add, cancellationToken);
        return end >= 0 ? text.ToString(0, end) : text.ToString();

        bool Add(int token)
        {
            text.Append(decoder.Add(token));
            string written = text.ToString();
            end = stops.Select(stop => written.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
            return end < 0;
        }
    }

    public void Dispose() => _session.Dispose();

    private bool IsText(int id) => id < _engine.Tokenizer.VocabularySize && !_engine.Tokenizer.IsSpecial(id) && _engine.Tokenizer.Bytes(id).Length > 0;

    private List<int> Prompt(string path, string beginning)
    {
        PromptTokens special = _engine.Config.PromptTokens;
        List<int> tokens = special.FileSeparator >= 0 ? [special.FileSeparator, .. _engine.Tokenizer.Encode(path + "\n")] : [];
        tokens.AddRange(_engine.Tokenizer.Encode(beginning));
        return tokens;
    }
}
