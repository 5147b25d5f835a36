using Microsoft.VisualStudio.Text;
using Microsoft.VisualStudio.Text.Editor;

namespace Microsoft.VisualStudio.Language.Proposals;

// Grey text. learn.microsoft.com/dotnet/api/microsoft.visualstudio.language.proposals?view=visualstudiosdk-2022

public abstract class ProposalSourceProviderBase
{
    public abstract Task<ProposalSourceBase?> GetProposalSourceAsync(ITextView view, CancellationToken cancel);
}

public abstract class ProposalSourceBase : Threading.IAsyncDisposable
{
    public abstract Task<ProposalCollectionBase?> RequestProposalsAsync(
        VirtualSnapshotPoint caret, CompletionState? completionState, ProposalScenario scenario, char triggeringCharacter, CancellationToken cancel);

    public virtual Task DisposeAsync() => throw null!;
}

public enum ProposalScenario
{
    Completion = 0,
    TypeChar = 1,
    Return = 2,
    CaretMove = 3,
    DivergedProposal = 4,
    CompletedProposal = 5,
    ExplicitInvocation = 6,
    Backspace = 7,
    CompletionAccepted = 8,
}

public class CompletionState
{
    public readonly string SelectedItem = null!;

    public readonly SnapshotSpan ApplicableToSpan;

    private CompletionState()
    {
    }
}

public abstract class ProposalCollectionBase;

public class ProposalCollection : ProposalCollectionBase
{
    public ProposalCollection(string sourceName, IReadOnlyList<ProposalBase> initialProposals) => throw null!;
}

public abstract class ProposalBase
{
    public virtual string ProposalId => throw null!;
}

public class Proposal : ProposalBase
{
    private Proposal()
    {
    }

    public static ProposalBase? TryCreateProposal(
        string? description,
        IReadOnlyList<ProposedEdit> edits,
        VirtualSnapshotPoint caret,
        CompletionState? completionState = null,
        ProposalFlags flags = ProposalFlags.None,
        Func<bool>? commitAction = null,
        string? proposalId = null,
        string? acceptText = null,
        string? nextText = null,
        NormalizedSnapshotSpanCollection? scope = null) => throw null!;
}

public readonly struct ProposedEdit
{
    public ProposedEdit(SnapshotSpan span, string replacementText) => throw null!;
}

[Flags]
public enum ProposalFlags
{
    None = 0,
    SingleTabToAccept = 1,
    QueueProposalRequestOnCommit = 2,
    ShowCommitHighlight = 4,
    SimulateBraceCompletion = 8,
    MoveCaretToEnd = 16,
    DisableInIntelliSense = 32,
    FormatAfterCommit = 64,
}
