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
        string Shown(ReadOnlySpan<char> text) => output.IsTerminal ? WithoutControls(text) : text.ToString();
        return $"{Shown(cursor.LineBefore)}{open}{Shown(suggestion)}{close}{Shown(cursor.LineAfter)}";
    }

    // A file, or a model that read it, must not send the terminal escape sequences of its own.
    private static string WithoutControls(ReadOnlySpan<char> text) =>
        string.Create(text.Length, text, (shown, original) =>
        {
            for (int i = 0; i < shown.Length; i++)
            {
                char c = original[i];
                shown[i] = char.IsControl(c) && c is not ('\t' or '\n' or '\r') ? '\uFFFD' : c;
            }
        });
}
