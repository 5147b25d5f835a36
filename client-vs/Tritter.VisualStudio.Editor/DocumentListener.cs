using System.ComponentModel.Composition;
using Microsoft.VisualStudio.Text;
using Microsoft.VisualStudio.Text.Editor;
using Microsoft.VisualStudio.Utilities;
using Tritter.VisualStudio.Server;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Editor;

/// <summary>Tells the server what is open and how it changes. Called by the editor on the main thread.</summary>
[Export(typeof(ITextViewCreationListener))]
[ContentType("any")]
[TextViewRole("DOCUMENT")]
internal sealed class DocumentListener : ITextViewCreationListener
{
    private readonly ITextDocumentFactoryService _documents;
    private readonly Dictionary<ITextBuffer, int> _views = [];

    [ImportingConstructor]
    public DocumentListener(ITextDocumentFactoryService documents) => _documents = documents;

    public void TextViewCreated(ITextView textView)
    {
        ITextBuffer buffer = textView.TextBuffer;
        if (!_documents.TryGetTextDocument(buffer, out ITextDocument document) || LanguageIds.OfPath(document.FilePath) is not { } language)
        {
            return;
        }

        string uri = DocumentUri.Of(document.FilePath);
        _views.TryGetValue(buffer, out int views);
        _views[buffer] = views + 1;
        if (views == 0)
        {
            SharedClient.Instance.Open(uri, language, buffer.CurrentSnapshot.GetText());
            buffer.Changed += OnChanged;
            document.FileActionOccurred += OnFileAction;
        }

        textView.GotAggregateFocus += OnFocus;
        textView.Closed += OnClosed;

        void OnChanged(object sender, TextContentChangedEventArgs e) => SharedClient.Instance.Change(
            uri, [.. e.Changes.Select(c => new TextEdit(c.OldPosition, c.OldLength, c.NewText))], e.After.Length, () => e.After.GetText());

        void OnFileAction(object sender, TextDocumentFileActionEventArgs e)
        {
            if ((e.FileActionType & FileActionTypes.ContentSavedToDisk) != 0)
            {
                SharedClient.Instance.Save(uri);
            }
        }

        void OnFocus(object sender, EventArgs e) => SharedClient.Focus(() =>
        {
            int start = textView.Selection.Start.Position.Position;
            return new ActivePlace(uri, start, textView.Selection.End.Position.Position - start);
        });

        void OnClosed(object sender, EventArgs e)
        {
            textView.GotAggregateFocus -= OnFocus;
            textView.Closed -= OnClosed;
            if (--_views[buffer] == 0)
            {
                _views.Remove(buffer);
                buffer.Changed -= OnChanged;
                document.FileActionOccurred -= OnFileAction;
                SharedClient.Instance.Close(uri);
            }
        }
    }
}
