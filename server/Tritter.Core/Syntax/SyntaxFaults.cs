namespace Tritter.Core.Syntax;

/// <summary>Whether a text is what its grammar expects.</summary>
public static class SyntaxFaults
{
    private static readonly TimeSpan _parseLimit = TimeSpan.FromSeconds(2);

    /// <returns>Whether the language is parsed here, and the text in time; and the first fault, on one line, or null for none.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static (bool IsParsed, string? Fault) First(string languageId, string text, CancellationToken cancellationToken)
    {
        using ParsedText? parsed = Grammar.OfLanguage(languageId) is { } grammar ? ParsedText.Parse(grammar, text, _parseLimit, cancellationToken) : null;
        return parsed is null ? (false, null) : (true, parsed.Faults() is [var first, ..] ? first.Describe(text) : null);
    }
}
