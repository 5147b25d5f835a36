using Microsoft.VisualStudio;
using Microsoft.VisualStudio.Shell;
using Microsoft.VisualStudio.Shell.Interop;

namespace Tritter.VisualStudio;

/// <summary>"Tritter" in the output window. Lines may be written on any thread.</summary>
internal sealed class OutputPane
{
    private static readonly Guid _id = new("3d9a4f0b-7c51-4e19-9a86-1f2c8b7e6d35");

    private readonly IVsOutputWindowPane _pane;

    public OutputPane(IVsOutputWindow window)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        Guid id = _id;
        ErrorHandler.ThrowOnFailure(window.CreatePane(ref id, "Tritter", fInitVisible: 1, fClearWithSolution: 0));
        ErrorHandler.ThrowOnFailure(window.GetPane(ref id, out _pane));
    }

    public void Write(string line) => _pane.OutputStringThreadSafe(line + Environment.NewLine);

    public void Show()
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        _pane.Activate();
    }
}
