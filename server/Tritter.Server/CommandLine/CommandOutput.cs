using System.Text;

namespace Tritter.Server.CommandLine;

/// <summary>Where a command writes.</summary>
/// <param name="Out">Results. For <c>tritter lsp</c> standard output is the protocol's, so that command leaves this alone.</param>
/// <param name="Error">Errors and logs.</param>
/// <param name="IsTerminal">A person looks at <paramref name="Out"/> through a terminal, so control characters must not reach it raw.</param>
/// <param name="UsesAnsi">Whether <paramref name="Out"/> understands, and the user wants, ANSI escapes.</param>
/// <param name="IsErrorTerminal">A person looks at <paramref name="Error"/> through a terminal, so a line there may be overwritten to show progress.</param>
internal sealed record CommandOutput(TextWriter Out, TextWriter Error, bool IsTerminal, bool UsesAnsi, bool IsErrorTerminal)
{
    /// <summary>The process's own standard output and error, in UTF-8 without a byte order mark.</summary>
    public static CommandOutput ForProcess()
    {
        bool isTerminal = !Console.IsOutputRedirected;
        if (OperatingSystem.IsWindows() && isTerminal)
        {
            Console.OutputEncoding = Encoding.UTF8;
        }

        return new CommandOutput(
            Utf8(Console.OpenStandardOutput()),
            Utf8(Console.OpenStandardError()),
            isTerminal,
            isTerminal && WantsAnsi(),
            !Console.IsErrorRedirected);
    }

    /// <summary>Text of a file or a model, as it may be written to <see cref="Out"/>.</summary>
    public string Shown(ReadOnlySpan<char> text) => IsTerminal ? WithoutControls(text) : text.ToString();

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

    // https://no-color.org: any value that is not empty asks for plain text.
    private static bool WantsAnsi() =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private static StreamWriter Utf8(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
}
