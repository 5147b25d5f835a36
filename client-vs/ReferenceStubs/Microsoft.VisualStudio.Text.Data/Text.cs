namespace Microsoft.VisualStudio.Text;

// Buffers, their snapshots and their changes. learn.microsoft.com/dotnet/api/microsoft.visualstudio.text

public interface ITextBuffer
{
    event EventHandler<TextContentChangedEventArgs> Changed;

    ITextSnapshot CurrentSnapshot { get; }
}

public interface ITextSnapshot
{
    int Length { get; }

    string GetText();
}

public readonly struct SnapshotPoint
{
    public ITextSnapshot Snapshot => throw null!;

    public int Position => throw null!;
}

public readonly struct SnapshotSpan
{
    public SnapshotSpan(ITextSnapshot snapshot, int start, int length) => throw null!;

    public SnapshotPoint Start => throw null!;

    public int Length => throw null!;
}

public class NormalizedSnapshotSpanCollection;

public interface ITextChange
{
    int OldPosition { get; }

    int OldLength { get; }

    string NewText { get; }
}

public interface INormalizedTextChangeCollection : IList<ITextChange>;

public class TextSnapshotChangedEventArgs : EventArgs
{
    public ITextSnapshot After => throw null!;
}

public class TextContentChangedEventArgs : TextSnapshotChangedEventArgs
{
    public INormalizedTextChangeCollection Changes => throw null!;
}

public interface ITextDocument
{
    event EventHandler<TextDocumentFileActionEventArgs> FileActionOccurred;

    string FilePath { get; }
}

public interface ITextDocumentFactoryService
{
    bool TryGetTextDocument(ITextBuffer textBuffer, out ITextDocument textDocument);
}

[Flags]
public enum FileActionTypes
{
    ContentSavedToDisk = 1,
    ContentLoadedFromDisk = 2,
    DocumentRenamed = 4,
}

public class TextDocumentFileActionEventArgs : EventArgs
{
    public FileActionTypes FileActionType => throw null!;
}
