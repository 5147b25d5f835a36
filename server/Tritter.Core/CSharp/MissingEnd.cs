using System.Text;
using Tritter.Core.Completion;

namespace Tritter.Core.CSharp;

/// <summary>What a suggestion may lack that breaks off: a semicolon, or the brackets that it has opened.</summary>
internal static class MissingEnd
{
    /// <summary>The suggestion with each end that it may lack, the shortest first.</summary>
    /// <param name="line">The cursor's line up to the cursor: braces close below its indentation.</param>
    /// <param name="suggestion">Lines ending in \n or \r\n.</param>
    public static IEnumerable<string> Added(string line, string suggestion)
    {
        string text = suggestion.TrimEnd();
        (string inLine, string braces) = Pending(line, text);
        string[] ends = [";", ")", ");", inLine + braces, inLine + ";" + braces, braces];
        return ends.Where(end => end.Length > 0).Distinct().Select(end => text + end);
    }

    /// <returns>What closes the brackets of the last line, and the lines that close the braces around it.</returns>
    private static (string InLine, string Braces) Pending(string line, string text)
    {
        var closers = new PendingClosers();
        var indents = new Stack<string>();
        string indent = Indent(line);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                indent = Indent(text[(i + 1)..]);
            }

            int pending = closers.Read(text[i]);
            while (indents.Count > pending)
            {
                indents.Pop();
            }

            while (indents.Count < pending)
            {
                indents.Push(indent);
            }
        }

        string newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var (inLine, braces) = (new StringBuilder(), new StringBuilder());
        foreach ((char closer, string column) in closers.Innermost.Zip(indents))
        {
            _ = closer == '}' ? braces.Append(newLine).Append(column).Append(closer) : braces.Length == 0 ? inLine.Append(closer) : braces.Append(closer);
        }

        return (inLine.ToString(), braces.ToString());
    }

    private static string Indent(string line) => line[..(line.Length - line.AsSpan().TrimStart(" \t").Length)];
}
