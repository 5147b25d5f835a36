using System.Security.Cryptography;
using System.Text;
using Tritter.Core.Documents;

namespace Tritter.Core.Answers;

/// <summary>A place in a file that a statement rests on.</summary>
/// <param name="Id">From 1, in the order in which the answer names them.</param>
/// <param name="Path">Full path with '/' separators.</param>
/// <param name="Start">Offset in the file's current text, in UTF-16 code units.</param>
/// <param name="Length">UTF-16 code units.</param>
/// <param name="From">The start as a position in UTF-16.</param>
/// <param name="To">The end, exclusive.</param>
/// <param name="Symbol">Qualified name of what is declared there; null for other places.</param>
/// <param name="Hash">Of the text that the statement was made about, see <see cref="HashOf"/>.</param>
/// <param name="IsStale">Whether the place has another text by now.</param>
public sealed record Citation(int Id, string Path, int Start, int Length, LinePosition From, LinePosition To, string? Symbol, string Hash, bool IsStale)
{
    /// <summary>First 8 bytes of SHA-256 of the text in UTF-8, its lines ending in \n; 16 hexadecimal digits.</summary>
    public static string HashOf(ReadOnlySpan<char> text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal))).AsSpan(0, 8));
}
