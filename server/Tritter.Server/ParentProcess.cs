using System.Diagnostics;

namespace Tritter.Server;

/// <summary>The editor that started the server.</summary>
internal static class ParentProcess
{
    /// <summary>Ends when no process <paramref name="id"/> runs, at once if there is none already.</summary>
    public static async Task WaitForEndAsync(int id, CancellationToken cancellationToken)
    {
        Process parent;
        try
        {
            parent = Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return; // It has ended.
        }

        using (parent)
        {
            await parent.WaitForExitAsync(cancellationToken);
        }
    }
}
