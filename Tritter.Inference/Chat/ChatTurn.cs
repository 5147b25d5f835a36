namespace Tritter.Inference.Chat;

/// <summary>Who speaks in a conversation.</summary>
public enum ChatRole
{
    /// <summary>Whoever set the conversation up.</summary>
    System,
    User,
    Assistant,
}

/// <summary>What somebody said.</summary>
public readonly record struct ChatTurn(ChatRole Role, string Text);
