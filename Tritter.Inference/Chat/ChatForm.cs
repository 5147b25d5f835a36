namespace Tritter.Inference.Chat;

/// <summary>
/// How a family of models lays out a conversation. Templates come as programs in a template language (Jinja); instead of running them, the
/// few forms that matter here are known by what only their templates say.
/// </summary>
/// <param name="Marker">What a template of this form contains.</param>
/// <param name="Begins">Whether a conversation begins with the model's begin-of-text token.</param>
/// <param name="Head">What stands before a turn's text; {0} is the role.</param>
/// <param name="IsCapitalized">Whether roles are spelled "User" rather than "user".</param>
/// <param name="Tail">What stands behind a turn's text.</param>
/// <param name="Stop">The special token that ends an answer.</param>
internal sealed record ChatForm(string Name, string Marker, bool Begins, string Head, bool IsCapitalized, string Tail, string Stop)
{
    public static ChatForm Llama3 { get; } = new("Llama 3", "<|start_header_id|>", true, "<|start_header_id|>{0}<|end_header_id|>\n\n", false, "<|eot_id|>", "<|eot_id|>");

    public static ChatForm ChatMl { get; } = new("ChatML", "<|im_start|>", false, "<|im_start|>{0}\n", false, "<|im_end|>\n", "<|im_end|>");

    /// <summary>BitNet b1.58 2B4T. Its GGUF files carry another template by mistake, to which the model never stops answering.</summary>
    public static ChatForm BitNet { get; } = new("BitNet b1.58", "| capitalize + ': '", true, "{0}: ", true, "<|eot_id|>", "<|eot_id|>");

    public static IReadOnlyList<ChatForm> All { get; } = [Llama3, ChatMl, BitNet];

    public string HeadOf(ChatRole role)
    {
        string name = IsCapitalized ? role.ToString() : role.ToString().ToLowerInvariant();
        return string.Format(System.Globalization.CultureInfo.InvariantCulture, Head, name);
    }
}
