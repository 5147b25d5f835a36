namespace Microsoft.VisualStudio.Text
{
    // learn.microsoft.com/dotnet/api/microsoft.visualstudio.text.virtualsnapshotpoint
    public readonly struct VirtualSnapshotPoint
    {
        public SnapshotPoint Position => throw null!;

        public int VirtualSpaces => throw null!;
    }
}

namespace Microsoft.VisualStudio.Text.Editor
{
    // learn.microsoft.com/dotnet/api/microsoft.visualstudio.text.editor.ieditoroptions
    public interface IEditorOptions
    {
        T GetOptionValue<T>(string optionId);
    }
}
