using System.ComponentModel.Design;
using EnvDTE;
using Microsoft.VisualStudio;
using Microsoft.VisualStudio.Shell;
using Microsoft.VisualStudio.Shell.Interop;

namespace Tritter.VisualStudio;

/// <summary>
/// "Explain with Tritter" in the editor's context menu and "Ask Tritter" in Tools. A command table (.vsct) can only be compiled on Windows,
/// so the commands are named at the first load; Visual Studio keeps them, and users can give them keys.
/// </summary>
internal static class Commands
{
    private const uint EditorContextMenu = 0x040D;
    private const uint ToolsMenu = 0x0085;

    private static readonly Guid _shellMenus = new("d309f791-903f-11d0-9efc-00a0c911004f");
    private static readonly Guid _group = new("5e8f1c37-2b94-4a6d-bd10-8c7f3e9a2d46");

    public static async Task AddAsync(AsyncPackage package, Action explain, Action ask)
    {
        await package.JoinableTaskFactory.SwitchToMainThreadAsync(package.DisposalToken);
        if (await package.GetServiceAsync(typeof(SVsProfferCommands)) is IVsProfferCommands3 proffer
            && await package.GetServiceAsync(typeof(DTE)) is DTE dte
            && await package.GetServiceAsync(typeof(IMenuCommandService)) is OleMenuCommandService menu)
        {
            Add(proffer, dte, menu, "Tritter.Explain", "Explain with Tritter", EditorContextMenu, explain);
            Add(proffer, dte, menu, "Tritter.Ask", "Ask Tritter", ToolsMenu, ask);
        }
    }

    private static void Add(IVsProfferCommands3 proffer, DTE dte, OleMenuCommandService menu, string name, string text, uint menuId, Action action)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        uint id = Find(dte, name) is { } known ? (uint)known.ID : Create(proffer, dte, name, text, menuId);
        menu.AddCommand(new MenuCommand((_, _) => action(), new CommandID(_group, (int)id)));
    }

    private static uint Create(IVsProfferCommands3 proffer, DTE dte, string name, string text, uint menuId)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        Guid package = new(TritterPackage.PackageGuid), group = _group, menus = _shellMenus;
        ErrorHandler.ThrowOnFailure(proffer.AddNamedCommand(ref package, ref group, name, out uint id, name, text, text, null, 0, 0, 0, 0, null));
        ErrorHandler.ThrowOnFailure(proffer.FindCommandBar(null, ref menus, menuId, out object bar));
        Find(dte, name)?.AddControl(bar);
        return id;
    }

    private static Command? Find(DTE dte, string name)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        try
        {
            return dte.Commands.Item(name);
        }
        catch (ArgumentException)
        {
            // This is how the collection says that there is none.
            return null;
        }
    }
}
