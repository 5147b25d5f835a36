using Tritter.Core.Documents;

namespace Tritter.Core.Completion;

/// <summary>A question to the model: what stands at <paramref name="Offset"/> of <paramref name="Document"/>?</summary>
/// <param name="Document">The text as it was when the request arrived.</param>
/// <param name="Offset">Cursor as a UTF-16 offset, 0 to the text's length.</param>
/// <param name="RepositoryName">Name put into the prompt's header, or null for none.</param>
/// <param name="MaxTokens">Most tokens to generate.</param>
public sealed record CompletionRequest(Document Document, int Offset, string? RepositoryName = null, int MaxTokens = CompletionRequest.DefaultMaxTokens)
{
    public const int DefaultMaxTokens = 64;

    /// <summary>What is shown of other files, in this order, before the file itself.</summary>
    public IReadOnlyList<ContextPiece> Context { get; init; } = [];

    /// <summary>Folder of the adapter that is to answer; null for the model as it is. Whoever owns completers for several chooses by it.</summary>
    public string? Adapter { get; init; }

    /// <summary>Whether the user asked for it, rather than went on typing: then it may be longer.</summary>
    public bool Invoked { get; init; }

    /// <summary>Whether what the text alone shows to be worthless is taken back; only measurements leave it.</summary>
    public bool Filtered { get; init; } = true;

    /// <summary>Knows what names may stand behind a dot; null to allow all.</summary>
    public NameOracle? Names { get; init; }

    /// <summary>Until when the answer is worth something; null for as long as it takes.</summary>
    public LatencyBudget? Budget { get; init; }

    /// <summary>Whether a text that runs out of tokens is cut where it is whole, and to nothing where it is not (<see cref="TornEnd"/>).</summary>
    public bool WholeOnly { get; init; }
}
