namespace Tritter.Core.Chunking;

/// <summary>How large chunks are.</summary>
/// <param name="MaxTokens">A unit that is larger is split.</param>
/// <param name="SmallTokens">A unit that is smaller is merged with its sibling, as long as both keep within <paramref name="MaxTokens"/>.</param>
public readonly record struct ChunkBudget(int MaxTokens, int SmallTokens)
{
    /// <summary>Characters of source code in a token of our tokenizer, about; a test compares it with the real one.</summary>
    public const double CharactersPerToken = 3.0;

    public static ChunkBudget Default { get; } = new(256, 64);

    internal int MaxCharacters => Math.Max(1, (int)(MaxTokens * CharactersPerToken));

    internal int SmallCharacters => Math.Min(MaxCharacters, (int)(SmallTokens * CharactersPerToken));

    /// <summary>Estimated tokens of so many characters.</summary>
    public static int Tokens(int characters) => (int)Math.Ceiling(characters / CharactersPerToken);
}
