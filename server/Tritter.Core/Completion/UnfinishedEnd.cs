using System.Text;

namespace Tritter.Core.Completion;

/// <summary>What a text opens and does not close.</summary>
/// <param name="Closing">What would close it, innermost first; empty when nothing is open.</param>
/// <param name="IsBeginning">Whether a block is open: then it is not forgotten but still to be written.</param>
internal readonly record struct UnfinishedEnd(string Closing, bool IsBeginning)
{
    /// <param name="before">What stands before the text.</param>
    public static UnfinishedEnd Of(string text, string before, string languageId)
    {
        CodeScanner scanner = CodeScanner.For(languageId);
        scanner.Read(before);
        var open = new Stack<(char Bracket, int At)>();
        for (int i = 0; i < text.Length;)
        {
            bool inCode = scanner.InCode;
            switch (text[i])
            {
                case '(' or '[' or '{' when inCode:
                    open.Push((text[i], i));
                    break;
                case ')' or ']' or '}' when inCode && open.Count > 0:
                    open.Pop();
                    break;
            }

            i += scanner.Step(text, i);
        }

        bool header = languageId == "python" && open.Count == 0 && scanner.InCode && text.AsSpan().TrimEnd() is [.., ':'];
        var closing = new StringBuilder(scanner.OpenQuote);
        if (header)
        {
            string line = (before + text)[((before + text).LastIndexOf('\n') + 1)..];
            bool isTry = line.AsSpan().Trim().SequenceEqual("try:");
            closing.Append(" pass").Append(isTry ? $"\n{line[..line.IndexOf('t')]}finally: pass" : "");
        }

        bool isBlock = header || (languageId != "python" && open.Any(o => o.Bracket == '{'));
        while (open.TryPop(out (char Bracket, int At) opened))
        {
            closing.Append(opened.Bracket switch { '(' => ")", '[' => "]", _ => Brace(string.Concat(before, text.AsSpan(0, opened.At)).AsSpan().TrimEnd(), languageId) });
        }

        return new UnfinishedEnd(closing.ToString(), isBlock);
    }

    /// <summary>A try or do needs more than its brace.</summary>
    private static string Brace(ReadOnlySpan<char> head, string languageId) => languageId == "rust" ? "}" : head switch
    {
        [.., 't', 'r', 'y'] => "} finally {}",
        [.., 'd', 'o'] => "} while (0)",
        _ => "}",
    };
}
