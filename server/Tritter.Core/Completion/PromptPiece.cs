namespace Tritter.Core.Completion;

/// <summary>What a part of a prompt is.</summary>
public enum PromptPieceKind
{
    /// <summary>The repository's name.</summary>
    Repository,

    /// <summary>Text of another file.</summary>
    Context,

    /// <summary>The path of the file being completed.</summary>
    Path,

    /// <summary>Text behind the cursor.</summary>
    Suffix,

    /// <summary>Text before the cursor.</summary>
    Prefix,

    /// <summary>Typed text that is not in the prompt: the answer was held to begin with it.</summary>
    Healed,
}

/// <summary>A stretch of a prompt's tokens, those that lay it out included.</summary>
/// <param name="Path">Of the other file; null for what is no context.</param>
/// <param name="Start">Index of its first token.</param>
public readonly record struct PromptSpan(PromptPieceKind Kind, string? Path, int Start, int Length);

/// <summary>A part of a prompt for people to read.</summary>
/// <param name="Path">Of the other file; null for what is no context.</param>
/// <param name="Tokens">Its tokens in the prompt; 0 for what was healed.</param>
/// <param name="Text">Without the tokens that lay the prompt out.</param>
public sealed record PromptPiece(PromptPieceKind Kind, string? Path, int Tokens, string Text);
