using Microsoft.VisualStudio.Language.Proposals;
using Microsoft.VisualStudio.Text;
using Microsoft.VisualStudio.Text.Editor;
using Tritter.VisualStudio.Completion;
using Tritter.VisualStudio.Server;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Editor;

/// <summary>Turns suggestions of the server into the editor's proposals. The editor asks, cancels and shows.</summary>
internal sealed class TritterProposalSource(ITextView view, string uri, OfferedProposals offered) : ProposalSourceBase
{
    private const string TabSize = "Tabs/TabSize";

    public override async Task<ProposalCollectionBase?> RequestProposalsAsync(
        VirtualSnapshotPoint caret, CompletionState? completionState, ProposalScenario scenario, char triggeringCharacter, CancellationToken cancel)
    {
        ITextSnapshot snapshot = caret.Position.Snapshot;
        TextEdit? selected = completionState is null ? null : new TextEdit(
            completionState.ApplicableToSpan.Start.Position, completionState.ApplicableToSpan.Length, completionState.SelectedItem);
        Suggestion? suggestion = await SharedClient.Instance.CompleteAsync(
            uri, caret.Position.Position, scenario == ProposalScenario.ExplicitInvocation, selected, cancel).ConfigureAwait(false);
        if (suggestion is null)
        {
            return null;
        }

        ProposedEdit[] edits = [.. suggestion.Edits(snapshot.GetText()).Select((edit, i) => new ProposedEdit(
            new SnapshotSpan(snapshot, edit.Start, edit.OldLength), i == 0 ? WithoutIndentation(edit.NewText, caret) : edit.NewText))];
        ProposalBase? proposal = Proposal.TryCreateProposal(
            "Tritter", edits, caret, completionState, ProposalFlags.SingleTabToAccept | ProposalFlags.MoveCaretToEnd, proposalId: offered.Remember(suggestion));
        return proposal is null ? null : new ProposalCollection(nameof(TritterProposalSource), [proposal]);
    }

    private string WithoutIndentation(string text, VirtualSnapshotPoint caret) => caret.VirtualSpaces == 0
        ? text
        : VirtualSpace.WithoutIndentation(text, caret.VirtualSpaces, view.Options.GetOptionValue<int>(TabSize));
}
