using Microsoft.VisualStudio.Language.Proposals;

namespace Microsoft.VisualStudio.Language.Suggestions;

// What became of grey text. learn.microsoft.com/dotnet/api/microsoft.visualstudio.language.suggestions?view=visualstudiosdk-2022

public abstract class SuggestionServiceBase
{
    public virtual event EventHandler<ProposalDisplayedEventArgs>? ProposalDisplayed;

    public virtual event EventHandler<SuggestionAcceptedEventArgs>? SuggestionAccepted;
}

public class ProposalDisplayedEventArgs : EventArgs
{
    public readonly ProposalBase OriginalProposal = null!;

    private ProposalDisplayedEventArgs()
    {
    }
}

public class SuggestionAcceptedEventArgs : EventArgs
{
    public readonly ProposalBase OriginalProposal = null!;

    public readonly ReasonForAccept Reason;

    private SuggestionAcceptedEventArgs()
    {
    }
}

public enum ReasonForAccept
{
    AcceptedByCommand = 0,
    AcceptedByOvertype = 1,
}
