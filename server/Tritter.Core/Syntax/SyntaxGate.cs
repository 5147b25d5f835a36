using Tritter.Core.Completion;

namespace Tritter.Core.Syntax;

/// <summary>
/// Lets the grammar look at a suggestion before anybody sees it, for languages without a compiler here. A suggestion with which the text has a
/// fault that is its own is ended, trimmed or dropped.
/// </summary>
/// <remarks>
/// Text that is being typed is usually broken, so faults are compared with two texts: the one before, and the one without the cursor's line. Where
/// both are broken around the cursor there is no judgement. What only waits for its end, such as a block just opened, is no fault.
/// </remarks>
public static class SyntaxGate
{
    /// <summary>Shorter texts that are tried when the whole is not clean.</summary>
    private const int MostTries = 8;

    /// <summary>Of one parse. What takes longer is not judged.</summary>
    private static readonly TimeSpan _parseLimit = TimeSpan.FromMilliseconds(100);

    /// <param name="languageId">Null is returned for languages that nobody parses here.</param>
    /// <param name="text">The document's text without the suggestion.</param>
    /// <param name="offset">The cursor.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static GateVerdict? Judge(string languageId, string text, int offset, string suggestion, CancellationToken cancellationToken)
    {
        if (Grammar.OfLanguage(languageId) is not { } grammar)
        {
            return null;
        }

        using ParsedText? after = ParsedText.Parse(grammar, text.Insert(offset, suggestion), _parseLimit, cancellationToken);
        if (after is null)
        {
            return new GateVerdict(GateOutcome.Abstained, suggestion, "the file takes too long to parse");
        }

        if (after.Faults() is not { Count: > 0 } faults)
        {
            return new GateVerdict(GateOutcome.Kept, suggestion);
        }

        (int lineStart, int lineEnd) = Line(text, offset);
        using ParsedText? before = after.With(offset, suggestion.Length, "", _parseLimit, cancellationToken);
        using ParsedText? blank = before?.With(lineStart, lineEnd - lineStart, "", _parseLimit, cancellationToken);
        if (before is null || blank is null)
        {
            return new GateVerdict(GateOutcome.Abstained, suggestion, "the file takes too long to parse");
        }

        var known = new KnownFaults(before.Faults(), blank.Faults(), offset, lineStart, lineEnd - lineStart);
        if (known.AroundCursor)
        {
            return new GateVerdict(GateOutcome.Abstained, suggestion, "the code around the cursor is broken with and without its line");
        }

        SyntaxFault? first = known.FirstNew(faults, suggestion.Length);
        if (first is not { } fault)
        {
            return new GateVerdict(GateOutcome.Kept, suggestion);
        }

        bool IsClean(string other)
        {
            using ParsedText? tried = before.With(offset, 0, other, _parseLimit, cancellationToken);
            return tried is not null && known.FirstNew(tried.Faults(), other.Length) is null;
        }

        string reason = fault.Describe(after.Text);
        UnfinishedEnd end = UnfinishedEnd.Of(suggestion, text[..offset], languageId);
        string[] endings = languageId == "rust" ? [end.Closing, end.Closing + ";"] : [end.Closing];
        if (endings.FirstOrDefault(e => e.Length > 0 && IsClean(suggestion + e)) is { } ending)
        {
            // A block that was opened is a beginning; a bracket, quote or semicolon is only forgotten.
            // A last expression of Rust has no semicolon, and what follows it may still be to come.
            bool mayStand = end.IsBeginning || (ending == ";" && languageId == "rust" && !(text[lineStart..offset] + suggestion).TrimStart().StartsWith("let ", StringComparison.Ordinal));
            return mayStand ? new GateVerdict(GateOutcome.Kept, suggestion) : new GateVerdict(GateOutcome.Repaired, suggestion + ending, reason);
        }

        int errorStart = Math.Clamp(fault.Start - offset, 0, suggestion.Length);
        int errorEnd = Math.Clamp(fault.End - offset, 0, suggestion.Length);
        foreach (string shorter in ShorterSuggestions.Of(suggestion, errorStart, errorEnd).Take(MostTries))
        {
            if (IsClean(shorter))
            {
                return new GateVerdict(GateOutcome.Trimmed, shorter, reason);
            }
        }

        return new GateVerdict(GateOutcome.Dropped, "", reason);
    }

    private static (int Start, int End) Line(string text, int offset)
    {
        int start = offset == 0 ? 0 : text.LastIndexOf('\n', offset - 1) + 1;
        int end = text.IndexOf('\n', offset);
        return (start, end < 0 ? text.Length : end);
    }

    /// <summary>What was wrong before the suggestion came.</summary>
    /// <param name="Before">Faults of the text as it is.</param>
    /// <param name="Blank">Faults without the cursor's line, of <paramref name="LineLength"/> characters from <paramref name="LineStart"/> on.</param>
    private sealed record KnownFaults(IReadOnlyList<SyntaxFault> Before, IReadOnlyList<SyntaxFault> Blank, int Offset, int LineStart, int LineLength)
    {
        /// <summary>Whether there is no telling what the line adds: both texts are faulty where it stands.</summary>
        public bool AroundCursor => Before.Any(f => f.Start <= Offset && f.End >= Offset) && Blank.Any(f => f.Start <= LineStart && f.End >= LineStart);

        /// <param name="inserted">Length of what was inserted at the cursor.</param>
        public SyntaxFault? FirstNew(IReadOnlyList<SyntaxFault> after, int inserted)
        {
            // The same fault can show elsewhere once the text around it makes more sense: away from the suggestion only more of them count.
            bool grew = after.Count > Math.Max(Before.Count, Blank.Count);
            foreach (SyntaxFault fault in after)
            {
                bool isBehind = fault.Start >= Offset + inserted;
                bool isAway = fault.Start < LineStart || fault.End <= Offset || (isBehind && fault.Start > Offset + inserted);
                bool isOld = fault.End <= Offset ? Overlaps(Before, fault, 0) || Overlaps(Blank, fault, 0)
                    : isBehind && (Overlaps(Before, fault, -inserted) || Overlaps(Blank, fault, -inserted - LineLength));
                if (!isOld && (grew || !isAway))
                {
                    return fault;
                }
            }

            return null;
        }

        private static bool Overlaps(IReadOnlyList<SyntaxFault> known, SyntaxFault fault, int shift) =>
            known.Any(k => k.Start <= fault.End + shift && k.End >= fault.Start + shift);
    }
}
