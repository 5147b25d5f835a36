using System.Text;
using Tritter.Inference;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;

namespace Tritter.Core.Completion;

/// <summary>A prompt in the model's own format.</summary>
/// <param name="Tokens">Ids to read.</param>
/// <param name="Typed">UTF-8 bytes before the cursor that were taken out of the prompt and that the answer must begin with (token healing).</param>
public sealed record FimPrompt(IReadOnlyList<int> Tokens, byte[] Typed)
{
    /// <summary>What the model saw at most of either side when it was trained.</summary>
    private const int MaxPrefixTokens = 2500;
    private const int MaxSuffixTokens = 800;

    // Characters are counted before tokens are, so that a long file costs no more than its excerpt. Code has 3-4 characters a token.
    private const int MaxPrefixCharacters = 8000;
    private const int MaxSuffixCharacters = 2400;

    // A path or a name of hundreds of tokens says nothing that its end does not; a longer run of letters is no word.
    private const int MaxHeaderPartTokens = 60;
    private const int MaxHealedCharacters = 64;

    /// <summary>The excerpt's start moves in steps of this many characters: between two steps, typing leaves the prompt's beginning as it is.</summary>
    private const int PrefixStep = 2000;

    /// <summary>Most tokens of other files' text, their paths included.</summary>
    public const int MaxContextTokens = 1024;

    /// <summary>Tokens of the longest prompt with so much context: both sides, both parts of the header and the five tokens that lay them out.</summary>
    public const int MaxTokens = MaxContextTokens + MaxTokensOfFile;

    /// <summary>Tokens of the longest prompt without text of other files.</summary>
    public const int MaxTokensOfFile = MaxPrefixTokens + MaxSuffixTokens + 2 * MaxHeaderPartTokens + 5;

    /// <summary>Tokens of other files' text in the prompt.</summary>
    public int ContextTokens => Spans.Where(span => span.Kind == PromptPieceKind.Context).Sum(span => span.Length);

    /// <summary>The beginning that typing leaves as it is: header and other files' text.</summary>
    public int[] Stable => [.. Tokens.Take(Spans.TakeWhile(span => span.Kind is PromptPieceKind.Repository or PromptPieceKind.Context).Sum(span => span.Length))];

    /// <summary>What the tokens are, in their order and without gaps.</summary>
    public IReadOnlyList<PromptSpan> Spans { get; init; } = [];

    /// <summary>The prompt for people to read, what was healed at its end.</summary>
    public IReadOnlyList<PromptPiece> Pieces(TritterTokenizer tokenizer)
    {
        var pieces = Spans.Select(span => new PromptPiece(span.Kind, span.Path, span.Length, Text(tokenizer, span))).ToList();
        if (Typed.Length > 0)
        {
            pieces.Add(new PromptPiece(PromptPieceKind.Healed, null, 0, Encoding.UTF8.GetString(Typed)));
        }

        return pieces;
    }

    private string Text(TritterTokenizer tokenizer, PromptSpan span) => Encoding.UTF8.GetString(
        [.. Tokens.Skip(span.Start).Take(span.Length).Where(token => !tokenizer.IsSpecial(token)).SelectMany(token => tokenizer.Bytes(token).ToArray())]);

    /// <param name="context">Shown before the file as files of the same repository; the first pieces that fit.</param>
    /// <param name="prefix">Text before the cursor, lines ending in \n.</param>
    /// <param name="suffix">Text after the cursor, lines ending in \n.</param>
    /// <param name="contextTokens">Most tokens of the context.</param>
    public static FimPrompt Build(
        InferenceEngine engine, FimLayout layout, string? repository, IReadOnlyList<ContextPiece> context, string path, string prefix, string suffix, int contextTokens = MaxContextTokens)
    {
        PromptTokens special = engine.Config.PromptTokens;
        TritterTokenizer tokenizer = engine.Tokenizer;
        (List<int> before, byte[] typed) = HealWord(tokenizer, PrefixTokens(tokenizer, prefix), prefix);
        List<int> after = SuffixTokens(tokenizer, suffix);
        List<int> tokens = Header(tokenizer, special, repository);
        List<PromptSpan> spans = [new(PromptPieceKind.Repository, null, 0, tokens.Count)];
        AddContext(tokens, spans, tokenizer, special, context, contextTokens);
        AddPath(tokens, tokenizer, special, path);
        EndSpan(PromptPieceKind.Path);
        tokens.Add(special.FimPrefix);
        if (layout == FimLayout.SuffixFirst)
        {
            tokens.AddRange([special.FimSuffix, .. after]);
            EndSpan(PromptPieceKind.Suffix);
            tokens.AddRange([special.FimMiddle, .. before]);
            EndSpan(PromptPieceKind.Prefix);
        }
        else
        {
            tokens.AddRange(before);
            EndSpan(PromptPieceKind.Prefix);
            tokens.AddRange([special.FimSuffix, .. after, special.FimMiddle]);
            EndSpan(PromptPieceKind.Suffix);
        }

        return new FimPrompt(tokens, typed) { Spans = [.. spans.Where(span => span.Length > 0)] };

        void EndSpan(PromptPieceKind kind)
        {
            int start = spans[^1].Start + spans[^1].Length;
            spans.Add(new PromptSpan(kind, null, start, tokens.Count - start));
        }
    }

    private static List<int> Header(TritterTokenizer tokenizer, PromptTokens special, string? repository)
    {
        var tokens = new List<int>();
        if (repository is not null && special.RepositoryName >= 0)
        {
            tokens.Add(special.RepositoryName);
            tokens.AddRange(tokenizer.Encode(repository).TakeLast(MaxHeaderPartTokens));
        }

        return tokens;
    }

    private static void AddPath(List<int> tokens, TritterTokenizer tokenizer, PromptTokens special, string path)
    {
        if (special.FileSeparator >= 0)
        {
            tokens.Add(special.FileSeparator);
            tokens.AddRange(tokenizer.Encode(path + "\n").TakeLast(MaxHeaderPartTokens));
        }
    }

    /// <summary>A piece that does not fit is left out, and so are those behind it: what stands in front stays where it is.</summary>
    private static void AddContext(List<int> tokens, List<PromptSpan> spans, TritterTokenizer tokenizer, PromptTokens special, IReadOnlyList<ContextPiece> context, int left)
    {
        if (special.FileSeparator < 0)
        {
            return;
        }

        foreach (ContextPiece piece in context)
        {
            List<int> added = Piece(tokenizer, special, piece);
            if (added.Count > left)
            {
                return;
            }

            left -= added.Count;
            spans.Add(new PromptSpan(PromptPieceKind.Context, piece.Path, tokens.Count, added.Count));
            tokens.AddRange(added);
        }
    }

    private static List<int> Piece(TritterTokenizer tokenizer, PromptTokens special, ContextPiece piece)
    {
        var tokens = new List<int>();
        AddPath(tokens, tokenizer, special, piece.Path);
        tokens.AddRange(tokenizer.Encode(piece.Text));
        return tokens;
    }

    /// <summary>Tokens that a piece takes of the context.</summary>
    public static int TokensOf(InferenceEngine engine, ContextPiece piece) => Piece(engine.Tokenizer, engine.Config.PromptTokens, piece).Count;

    private static List<int> PrefixTokens(TritterTokenizer tokenizer, string prefix)
    {
        int start = 0;
        if (prefix.Length > MaxPrefixCharacters)
        {
            int earliest = (prefix.Length - MaxPrefixCharacters + PrefixStep - 1) / PrefixStep * PrefixStep;
            int line = prefix.IndexOf('\n', earliest - 1) + 1;
            start = line > 0 ? line : earliest;
        }

        IReadOnlyList<int> tokens = tokenizer.Encode(prefix[start..]);
        return [.. tokens.Skip(tokens.Count - MaxPrefixTokens)];
    }

    private static List<int> SuffixTokens(TritterTokenizer tokenizer, string suffix)
    {
        int end = suffix.Length;
        if (end > MaxSuffixCharacters)
        {
            int line = suffix.LastIndexOf('\n', MaxSuffixCharacters - 1) + 1;
            end = line > 0 ? line : MaxSuffixCharacters;
        }

        return [.. tokenizer.Encode(suffix[..end]).Take(MaxSuffixTokens)];
    }

    /// <summary>
    /// A cursor inside a word or an indentation leaves tokens that the model rarely saw there ("Conso" is not how Console begins, and the
    /// last space before a word belongs to the word's token). Takes them back out of the prompt; decoding is then held to spell them
    /// again, with whatever tokens fit the whole.
    /// </summary>
    private static (List<int> Tokens, byte[] Typed) HealWord(TritterTokenizer tokenizer, List<int> tokens, string prefix)
    {
        int wordStart = prefix.AsSpan().TrimEnd(" \t").Length;
        if (wordStart == prefix.Length)
        {
            while (wordStart > 0 && (char.IsLetter(prefix[wordStart - 1]) || prefix[wordStart - 1] == '_'))
            {
                wordStart--;
            }
        }

        // Splitting joins a sign with the letters behind it: ".Find" and "(name" are tokens, which a lone sign at the prompt's end rules out.
        if (wordStart > 0 && !char.IsLetterOrDigit(prefix[wordStart - 1]) && !char.IsWhiteSpace(prefix[wordStart - 1]) && !char.IsSurrogate(prefix[wordStart - 1])
            && !char.IsWhiteSpace(prefix[^1]))
        {
            wordStart--;
        }

        if (prefix.Length - wordStart > MaxHealedCharacters)
        {
            return (tokens, []);
        }

        int wordBytes = Encoding.UTF8.GetByteCount(prefix.AsSpan(wordStart));
        int kept = tokens.Count;
        int typedBytes = 0;
        while (kept > 0 && typedBytes < wordBytes)
        {
            typedBytes += tokenizer.Bytes(tokens[--kept]).Length;
        }

        byte[] typed = new byte[typedBytes];
        int written = 0;
        foreach (int token in tokens.Skip(kept))
        {
            tokenizer.Bytes(token).CopyTo(typed.AsSpan(written));
            written += tokenizer.Bytes(token).Length;
        }

        return (tokens[..kept], typed);
    }
}
