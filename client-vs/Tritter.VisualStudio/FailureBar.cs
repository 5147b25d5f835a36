using Microsoft.VisualStudio.Imaging;
using Microsoft.VisualStudio.Shell;
using Microsoft.VisualStudio.Shell.Interop;

namespace Tritter.VisualStudio;

/// <summary>The bar on top of Visual Studio's window that says that the server has failed. At most one is shown.</summary>
internal sealed class FailureBar(IVsShell shell, IVsInfoBarUIFactory factory, Action restart, Action showOutput) : IVsInfoBarUIEvents
{
    private const string Restart = "Restart";
    private const string ShowOutput = "Show output";

    private IVsInfoBarUIElement? _shown;
    private uint _cookie;

    public void Show(string reason)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        _shown?.Close();
        shell.GetProperty((int)__VSSPROPID7.VSSPROPID_MainWindowInfoBarHost, out object host);
        var model = new InfoBarModel(
            [new InfoBarTextSpan($"Tritter: {reason}  ")], [new InfoBarHyperlink(Restart), new InfoBarHyperlink(ShowOutput)], KnownMonikers.StatusError);
        if (host is IVsInfoBarHost bars && factory.CreateInfoBar(model) is { } bar)
        {
            bar.Advise(this, out _cookie);
            bars.AddInfoBar(bar);
            _shown = bar;
        }
    }

    public void OnClosed(IVsInfoBarUIElement infoBarUIElement)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        infoBarUIElement.Unadvise(_cookie);
        _shown = null;
    }

    public void OnActionItemClicked(IVsInfoBarUIElement infoBarUIElement, IVsInfoBarActionItem actionItem)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        if (actionItem.Text == Restart)
        {
            restart();
            infoBarUIElement.Close();
        }
        else
        {
            showOutput();
        }
    }
}
