namespace Tritter.Server.CommandLine;

/// <summary>Shows a suggestion inside its line, as an editor would.</summary>
internal static class GhostText
{
    private const string Dim = "\u001b[2m";
    private const string Undim = "\u001b[22m";

    /// <summary>The line with the suggestion at the cursor: dimmed where ANSI is understood, between ⟨ and ⟩ elsewhere.</summary>
    public static string Render(SourceCursor cursor, string suggestion, CommandOutput output)
    {
        (string open, string close) = output.UsesAnsi ? (Dim, Undim) : ("⟨", "⟩");
        return $"{output.Shown(cursor.LineBefore)}{open}{output.Shown(suggestion)}{close}{output.Shown(cursor.LineAfter)}";
    }
}
