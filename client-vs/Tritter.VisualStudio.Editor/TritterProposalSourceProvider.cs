using System.ComponentModel.Composition;
using Microsoft.VisualStudio.Language.Proposals;
using Microsoft.VisualStudio.Language.Suggestions;
using Microsoft.VisualStudio.Text;
using Microsoft.VisualStudio.Text.Editor;
using Microsoft.VisualStudio.Utilities;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Editor;

/// <summary>Gives the editor a source of grey text for each view of a file that the server knows.</summary>
[Export(typeof(ProposalSourceProviderBase))]
[Name(nameof(TritterProposalSourceProvider))]
[Order(Before = "InlineCSharpProposalSourceProvider")]
[Order(Before = "Highest Priority")]
[ContentType("any")]
internal sealed class TritterProposalSourceProvider : ProposalSourceProviderBase
{
    private readonly ITextDocumentFactoryService _documents;
    private readonly OfferedProposals _offered;

    [ImportingConstructor]
    public TritterProposalSourceProvider(ITextDocumentFactoryService documents, SuggestionServiceBase suggestions)
    {
        _documents = documents;
        _offered = new OfferedProposals(suggestions);
    }

    public override Task<ProposalSourceBase?> GetProposalSourceAsync(ITextView view, CancellationToken cancel)
    {
        bool isKnown = _documents.TryGetTextDocument(view.TextBuffer, out ITextDocument document) && LanguageIds.OfPath(document.FilePath) is not null;
        return Task.FromResult<ProposalSourceBase?>(isKnown ? new TritterProposalSource(view, DocumentUri.Of(document.FilePath), _offered) : null);
    }
}
