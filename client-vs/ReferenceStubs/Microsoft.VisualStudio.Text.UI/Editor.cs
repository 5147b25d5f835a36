using Microsoft.VisualStudio.Utilities;

namespace Microsoft.VisualStudio.Text.Editor;

// Views on buffers. learn.microsoft.com/dotnet/api/microsoft.visualstudio.text.editor

public interface ITextView
{
    event EventHandler Closed;

    event EventHandler GotAggregateFocus;

    ITextBuffer TextBuffer { get; }

    ITextSelection Selection { get; }

    IEditorOptions Options { get; }
}

public interface ITextSelection
{
    VirtualSnapshotPoint Start { get; }

    VirtualSnapshotPoint End { get; }
}

public interface ITextViewCreationListener
{
    void TextViewCreated(ITextView textView);
}

public sealed class TextViewRoleAttribute(string role) : MultipleBaseMetadataAttribute
{
    public string TextViewRoles => role;
}
