namespace Tritter.VisualStudio.Server;

/// <summary>What the options page says.</summary>
/// <param name="Completion">Complete at all.</param>
/// <param name="OnlyWhenAsked">Complete only when the user presses the key for it.</param>
/// <param name="MaxTokens">Most tokens of one completion, 1 to 256.</param>
/// <param name="Context">Show the model outlines of other files' types (C#).</param>
/// <param name="Gate">Have the compiler look at suggestions (C#).</param>
public sealed record ClientSettings(bool Completion = true, bool OnlyWhenAsked = false, int MaxTokens = 64, bool Context = true, bool Gate = true)
{
    /// <summary>The section <c>tritter</c> as the server asks for it.</summary>
    internal object Section => new
    {
        completion = new { enabled = Completion, automatic = !OnlyWhenAsked, maxTokens = Math.Min(Math.Max(MaxTokens, 1), 256), context = Context, gate = Gate },
    };

    /// <summary>Whether a suggestion should be asked for.</summary>
    /// <param name="asked">The user pressed the key for it.</param>
    public bool Wants(bool asked) => Completion && (asked || !OnlyWhenAsked);
}
