using System.Diagnostics;
using Tritter.Core.Completion;
using Tritter.Core.Evaluation;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;
using Tritter.Repository.Files;

namespace Tritter.Server.Evaluations;

/// <summary>What <c>tritter eval needle</c> reports for one length of context and one depth.</summary>
/// <param name="Tokens">Of the prompt.</param>
/// <param name="Depth">Tokens before the needle as a share of the prompt; null where there was no needle.</param>
/// <param name="Exact">Needles whose value was the model's own choice, token by token.</param>
/// <param name="LogProbability">Mean over needles of the value's log-probability (natural, all its tokens together).</param>
/// <param name="PrefillSeconds">For the part of the prompt that no earlier prompt had in common.</param>
/// <param name="QuestionSeconds">For all questions and values.</param>
/// <param name="Device">Where it was computed, and why there.</param>
internal sealed record NeedleReport(int Tokens, double? Depth, int Needles, int Exact, double LogProbability, double PrefillSeconds, int ComputedTokens, double QuestionSeconds, string Device);

/// <summary>Hides a file with constants among a repository's files and asks for their values at the end.</summary>
/// <param name="session">Reads one prompt after another: what two of them begin with is read once, also on a graphics card, where texts do not share it.</param>
internal sealed class NeedleEvaluation(InferenceEngine engine, Session session, string root, IReadOnlyList<Needle> needles)
{
    private readonly TritterTokenizer _tokenizer = engine.Tokenizer;
    private readonly PromptTokens _special = engine.Config.PromptTokens;

    /// <summary>Tokens of the repository's files in the order in which they are shown, with where each begins.</summary>
    public (int[] Tokens, int[] Starts) Hay(int most, CancellationToken cancellationToken)
    {
        var tokens = new List<int>();
        var starts = new List<int>();
        IReadOnlyList<ContextPiece> files = WholeFiles.Around(root, Path.Combine(root, Needle.Path), most, piece => FimPrompt.TokensOf(engine, piece), cancellationToken);
        foreach (ContextPiece piece in files)
        {
            starts.Add(tokens.Count);
            Add(tokens, piece.Path, piece.Text);
        }

        return ([.. tokens], [.. starts]);
    }

    /// <param name="depth">0 puts the needle in front of everything, 1 behind it; null leaves it out.</param>
    public NeedleReport Run((int[] Tokens, int[] Starts) hay, int length, double? depth, Action<int> progress, CancellationToken cancellationToken)
    {
        var needle = new List<int>();
        Add(needle, Needle.Path, Needle.File(needles));
        int[][] questions = [.. needles.Select(n => Question(n).ToArray())];
        int[][] values = [.. needles.Select(n => _tokenizer.Encode(" " + n.Value).ToArray())];
        int body = length - needle.Count - questions.Max(q => q.Length) - values.Max(v => v.Length);
        if (body < 0 || body > hay.Tokens.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(length), $"a prompt of {length} tokens takes {body} tokens of other files; there are {hay.Tokens.Length}");
        }

        // Between two files, where a needle of its own file can stand.
        int cut = depth is { } d ? hay.Starts.Append(body).Where(s => s <= body).MinBy(s => Math.Abs(s - d * body)) : 0;
        int[] prefix = depth is null ? hay.Tokens[..body] : [.. hay.Tokens[..cut], .. needle, .. hay.Tokens[cut..body]];
        int exact = 0;
        double sum = 0;
        long start = Stopwatch.GetTimestamp();
        int computed = prefix.Length - session.Read(prefix, cancellationToken, progress);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < questions.Length; i++)
        {
            session.Read([.. prefix, .. questions[i]], cancellationToken);
            bool isExact = true;
            foreach (int token in values[i])
            {
                sum += session.LogProbability(token);
                isExact &= session.Likeliest == token;
                session.Append(token);
            }

            exact += isExact ? 1 : 0;
        }

        return new NeedleReport(prefix.Length + questions.Max(q => q.Length), depth is null ? null : (double)cut / prefix.Length, questions.Length, exact, sum / questions.Length, seconds, computed, Stopwatch.GetElapsedTime(start).TotalSeconds, engine.Device);
    }

    private List<int> Question(Needle needle)
    {
        var tokens = new List<int>();
        Add(tokens, "tests/Harbor/ExpectedLimits.cs", needle.Question);
        return tokens;
    }

    private void Add(List<int> tokens, string path, string text)
    {
        tokens.Add(_special.FileSeparator);
        tokens.AddRange(_tokenizer.Encode(path + "\n" + text));
    }
}
