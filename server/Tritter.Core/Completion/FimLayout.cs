namespace Tritter.Core.Completion;

/// <summary>Order of the parts in a fill-in-the-middle prompt (arXiv:2207.14255).</summary>
public enum FimLayout
{
    /// <summary>SPM: suffix, then prefix, then the middle. A typed character is appended to the prompt, and everything before it stays in the KV cache.</summary>
    SuffixFirst,

    /// <summary>PSM: prefix, suffix, middle. A typed character changes the prefix, so the suffix is read again.</summary>
    PrefixFirst,
}
