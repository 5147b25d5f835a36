using System.Runtime.CompilerServices;
using Microsoft.VisualStudio.Language.Proposals;
using Microsoft.VisualStudio.Language.Suggestions;
using Tritter.VisualStudio.Completion;
using Tritter.VisualStudio.Server;

namespace Tritter.VisualStudio.Editor;

/// <summary>Knows the suggestion behind each of our last proposals, and tells the server when the editor shows or accepts one.</summary>
internal sealed class OfferedProposals
{
    private const string Prefix = "tritter-";
    private const int MostRemembered = 32;

    private readonly object _gate = new();
    private readonly Queue<(string Id, Suggestion Suggestion)> _last = new();
    private long _count;

    public OfferedProposals(SuggestionServiceBase suggestions)
    {
        try
        {
            Listen(suggestions);
        }
        catch (MissingMethodException)
        {
            // A version of Visual Studio without these events still shows the grey text; only the counts stay at zero.
        }
    }

    /// <returns>The id for the proposal.</returns>
    public string Remember(Suggestion suggestion)
    {
        lock (_gate)
        {
            string id = Prefix + (++_count).ToString(System.Globalization.CultureInfo.InvariantCulture);
            _last.Enqueue((id, suggestion));
            if (_last.Count > MostRemembered)
            {
                _last.Dequeue();
            }

            return id;
        }
    }

    // On its own, so that a missing event is found when this is compiled and not when our caller is.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Listen(SuggestionServiceBase suggestions)
    {
        suggestions.ProposalDisplayed += (_, e) => Tell(e.OriginalProposal, SharedClient.Instance.Shown);
        suggestions.SuggestionAccepted += (_, e) =>
        {
            if (e.Reason == ReasonForAccept.AcceptedByCommand)
            {
                Tell(e.OriginalProposal, SharedClient.Instance.Accepted);
            }
        };
    }

    private void Tell(ProposalBase? proposal, Action<Suggestion> tell)
    {
        Suggestion? suggestion;
        lock (_gate)
        {
            suggestion = _last.FirstOrDefault(p => p.Id == proposal?.ProposalId).Suggestion;
        }

        if (suggestion is not null)
        {
            tell(suggestion);
        }
    }
}
