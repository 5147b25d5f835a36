using System.Runtime.InteropServices;
using Microsoft.VisualStudio.Shell;
using Microsoft.VisualStudio.Shell.Interop;
using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Server;

namespace Tritter.VisualStudio;

/// <summary>What Visual Studio loads when a solution or a folder is open. The registration that these attributes stand for is in Tritter.pkgdef.</summary>
[Guid(PackageGuid)]
[PackageRegistration(UseManagedResourcesOnly = true, AllowsBackgroundLoading = true)]
[ProvideAutoLoad(SolutionExists, PackageAutoLoadFlags.BackgroundLoad)]
[ProvideAutoLoad(NoSolution, PackageAutoLoadFlags.BackgroundLoad)]
[ProvideOptionPage(typeof(TritterOptions), "Tritter", "General", 0, 0, supportsAutomation: true)]
[ProvideToolWindow(typeof(AnswerWindow))]
public sealed class TritterPackage : AsyncPackage
{
    public const string PackageGuid = "0c2b1f9e-6a3d-4b58-9b0e-5d0e7a6c4f21";
    private const string SolutionExists = "f1536ef8-92ec-443c-9ed7-fdadf150da82";
    private const string NoSolution = "adfc4e64-0397-11d1-9f4e-00a0c911004f";

    private OutputPane? _pane;
    private FailureBar? _bar;

    protected override async Task InitializeAsync(CancellationToken cancellationToken, IProgress<ServiceProgressData> progress)
    {
        TritterClient client = SharedClient.Instance;
        await JoinableTaskFactory.SwitchToMainThreadAsync(cancellationToken);
        var output = await GetServiceAsync(typeof(SVsOutputWindow)) as IVsOutputWindow;
        var status = await GetServiceAsync(typeof(SVsStatusbar)) as IVsStatusbar;
        var shell = await GetServiceAsync(typeof(SVsShell)) as IVsShell;
        var bars = await GetServiceAsync(typeof(SVsInfoBarUIFactory)) as IVsInfoBarUIFactory;
        _pane = output is null ? null : new OutputPane(output);
        _bar = shell is null || bars is null ? null : new FailureBar(shell, bars, client.Restart, () => _pane?.Show());

        client.Logged += line => _pane?.Write(line);
        client.StatusChanged += s => OnMainThread(() => Show(status, s));
        client.Failed += reason => OnMainThread(() => _bar?.Show(reason));

        var options = (TritterOptions)GetDialogPage(typeof(TritterOptions));
        client.Settings = options.Settings;
        options.Applied += () => client.Settings = options.Settings;

        await Commands.AddAsync(this, explain: () => Open(window => window.Explain()), ask: () => Open(window => window.FocusQuestion()));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            SharedClient.Instance.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Open(Action<AnswerWindow> use)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        if (FindToolWindow(typeof(AnswerWindow), 0, true) is AnswerWindow { Frame: IVsWindowFrame frame } window)
        {
            frame.Show();
            use(window);
        }
    }

    private void Show(IVsStatusbar? bar, ServerStatus status)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        bar?.SetText(status.Line);
        if (status.State == "error")
        {
            _pane?.Write(status.Line);
        }
    }

    private void OnMainThread(Action action) => JoinableTaskFactory.RunAsync(async () =>
    {
        await JoinableTaskFactory.SwitchToMainThreadAsync(DisposalToken);
        action();
    });
}
