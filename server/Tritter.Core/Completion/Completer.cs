using System.Text;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;

namespace Tritter.Core.Completion;

/// <summary>
/// Answers completion requests with the model. Keeps one session, so a request that shares its beginning with the one before computes
/// only what is new. Not thread-safe: one owner thread at a time.
/// </summary>
public sealed class Completer : IDisposable
{
    private readonly InferenceEngine _engine;
    private readonly FimLayout _layout;
    private readonly int _contextTokens;
    private readonly Session _session;
    private readonly TokenPrefixIndex _index;
    private readonly int[] _suppressed;

    /// <summary>The end of the last prompt and what followed: what is typed through now.</summary>
    private int[] _earlier = [];

    /// <param name="contextTokens">Most tokens of other files' text; fewer where the model's positions end.</param>
    /// <exception cref="ModelFormatException">The model was not made to fill in the middle.</exception>
    public Completer(InferenceEngine engine, FimLayout layout = FimLayout.SuffixFirst, int contextTokens = FimPrompt.MaxContextTokens)
    {
        if (!engine.Config.PromptTokens.CanFillInTheMiddle)
        {
            throw new ModelFormatException(engine.Name, "cannot complete: expected fim_prefix_token_id, fim_suffix_token_id and fim_middle_token_id in config.json");
        }

        _engine = engine;
        _layout = layout;
        _contextTokens = Math.Clamp(contextTokens, 0, Math.Max(0, engine.Config.MaxPositions - FimPrompt.MaxTokensOfFile - MaxNewTokens));
        _session = engine.OpenSession(Math.Min(engine.Config.MaxPositions, _contextTokens + FimPrompt.MaxTokensOfFile + MaxNewTokens));
        _index = new TokenPrefixIndex(engine.Tokenizer);
        // Layout tokens must not leak into code, and the rest were never trained; only those that end a text are of use.
        _suppressed = Enumerable.Range(0, engine.Config.VocabSize)
            .Where(id => (id >= engine.Tokenizer.VocabularySize || engine.Tokenizer.IsSpecial(id) || engine.Tokenizer.Bytes(id).Length == 0)
                && (!engine.Defaults.StopTokens.Contains(id) || id == engine.Config.PromptTokens.FimPad))
            .ToArray();
    }

    /// <summary>How much of a prompt's end has to agree before the last completion is guessed to come again.</summary>
    private const int EarlierPromptTokens = 16;

    /// <summary>Most tokens that a request may ask for.</summary>
    public const int MaxNewTokens = 256;

    /// <summary>Completes at the cursor. Synchronous and compute-bound; the token is checked at every decoded token and prefill chunk.</summary>
    /// <param name="onText">Called with each piece of text as it is decoded, before the final trimming; may be null.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public CompletionResult Complete(CompletionRequest request, Action<string>? onText, CancellationToken cancellationToken) =>
        Complete(request, onText, trace: null, cancellationToken);

    /// <inheritdoc cref="Complete(CompletionRequest, Action{string}?, CancellationToken)"/>
    /// <param name="trace">A new one, to be told what happens; null when nobody asks.</param>
    public CompletionResult Complete(CompletionRequest request, Action<string>? onText, CompletionTrace? trace, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)request.Offset, (uint)request.Document.Text.Length, nameof(request));
        bool crlf = request.Document.Text.Contains("\r\n", StringComparison.Ordinal);
        (FimPrompt prompt, string prefix, string suffix) = Prompt(request);
        trace?.Begin(prompt, _engine.KvPrecision);
        if (prompt.Tokens.Count >= _session.Capacity)
        {
            return new CompletionResult("", EmptyReason.TooLong, default) { Detail = $"{prompt.Tokens.Count} tokens, {_session.Capacity} positions" };
        }

        var middle = new Middle(_engine.Tokenizer, prompt.Typed.Length, new StopRule(prefix, suffix, request.Document.LanguageId, request.Invoked), request, onText);
        var healing = new TokenHealing(_engine.Tokenizer, _index, prompt.Typed);
        NameMask? mask = request.Names is { } names ? new NameMask(_engine.Tokenizer, _index, Untyped(prefix, prompt.Typed), names) : null;
        var logProbabilities = new List<double>();
        var options = new GenerationOptions
        {
            MaxTokens = Math.Clamp(request.MaxTokens, 1, MaxNewTokens),
            StopTokens = _engine.Defaults.StopTokens,
            SuppressedTokens = _suppressed,
            Rule = Rules(healing, mask),
            Earlier = _earlier,
            LogProbabilities = logProbabilities,
        };
        GenerationResult generated = Generator.Generate(
            _session, [.. prompt.Tokens], trace?.Watch(options) ?? options, trace?.Watch(middle.Add) ?? middle.Add, cancellationToken);
        trace?.End(mask, middle.StoppedEarly ? generated.GeneratedTokens : null);
        _earlier = [.. _session.Tokens.Skip(prompt.Tokens.Count - EarlierPromptTokens)];
        (string text, string? reason) = SuggestionTrim.Apply(middle.Finish(generated.Reason), suffix);
        double certainty = middle.MeanOfFresh(logProbabilities);
        if (reason is not null && request.WholeOnly && (middle.StoppedEarly || generated.Reason == StopReason.Length))
        {
            reason = EmptyReason.Unfinished;
        }
        else if (reason is not null && generated.GeneratedTokens == 0)
        {
            reason = generated.Reason == StopReason.NoToken ? EmptyReason.NoToken : EmptyReason.NothingToAdd;
        }

        if (reason is null && request.Filtered)
        {
            (text, reason) = SuggestionFilter.Apply(text, prefix, suffix, request.Document.LanguageId, certainty);
        }

        var cost = new CompletionCost(generated.PromptTokens, generated.CachedTokens, generated.GeneratedTokens, generated.Prefill, generated.Decode);
        return new CompletionResult(crlf ? text.Replace("\n", "\r\n") : text, reason, cost) { Prompt = prompt, MeanLogProbability = certainty };
    }

    /// <summary>The graphics card that computes, in a line; null for the processor.</summary>
    public string? Card => _engine.IsOnCuda ? _engine.Device : null;

    /// <summary>What the model is shown for a request.</summary>
    public FimPrompt PromptFor(CompletionRequest request) => Prompt(request).Prompt;

    public void Dispose() => _session.Dispose();

    private (FimPrompt Prompt, string Prefix, string Suffix) Prompt(CompletionRequest request)
    {
        string prefix = Lines(request.Document.Text[..request.Offset]);
        string suffix = Lines(request.Document.Text[request.Offset..]);
        return (FimPrompt.Build(_engine, _layout, request.RepositoryName, request.Context, request.Document.Path, prefix, suffix, _contextTokens), prefix, suffix);
    }

    private static LogitsRule Rules(TokenHealing healing, NameMask? mask) => mask is null ? healing.Apply : (generated, logits) =>
    {
        healing.Apply(generated, logits);
        mask.Apply(generated, logits);
    };

    private static string Untyped(string prefix, byte[] typed) => prefix[..^Encoding.UTF8.GetString(typed).Length];

    /// <summary>The model is shown \n only; a cursor between \r and \n counts as standing before both.</summary>
    private static string Lines(string text)
    {
        string lines = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        return lines.EndsWith('\r') ? lines[..^1] : lines;
    }

    /// <summary>The text being generated: what was typed already is taken off its front, and the stop rule watches its end.</summary>
    private sealed class Middle(TritterTokenizer tokenizer, int typedBytes, StopRule stop, CompletionRequest request, Action<string>? onText)
    {
        private readonly StreamingDecoder _decoder = new(tokenizer);
        private readonly StringBuilder _text = new();
        private int _typedLeft = typedBytes;
        private int _typedTokens;
        private int _end = -1;

        /// <summary>Whether the time ended the text before it came to its end.</summary>
        public bool StoppedEarly { get; private set; }

        /// <returns>False when the text has come to its end.</returns>
        public bool Add(int token)
        {
            // Typed text ends at a character, so bytes taken off here never split one between the two sides.
            int skip = Math.Min(_typedLeft, tokenizer.Bytes(token).Length);
            _typedLeft -= skip;
            _typedTokens += skip > 0 && skip == tokenizer.Bytes(token).Length ? 1 : 0;
            string piece = _decoder.Add(tokenizer.Bytes(token)[skip..]);
            _text.Append(piece);
            if (piece.Length > 0)
            {
                onText?.Invoke(piece);
                _end = stop.FindEnd(_text.ToString());
            }

            StoppedEarly = _end < 0 && request.Budget is { IsShort: true } budget && (budget.IsDecodingOver || TornEnd.IsEnough(_text.ToString(), request.Document.LanguageId, budget.IsOver));
            return _end < 0 && !StoppedEarly;
        }

        /// <summary>Mean over the tokens that are more than what was typed: the others had no choice.</summary>
        public double MeanOfFresh(IReadOnlyList<double> logProbabilities) => logProbabilities.Skip(_typedTokens).DefaultIfEmpty(0).Average();

        public string Finish(StopReason reason)
        {
            string text = _end >= 0 ? _text.ToString(0, _end) : _text.ToString();
            if (StoppedEarly || (reason == StopReason.Length && _end < 0 && request.WholeOnly))
            {
                return TornEnd.Cut(text, request.Document.LanguageId);
            }

            // A budget that ran out inside a later line leaves a torn line: whole lines are worth more.
            int lastBreak = text.TrimEnd().LastIndexOf('\n');
            return reason == StopReason.Length && lastBreak > 0 ? text[..lastBreak] : text;
        }
    }
}
