using System.Security.Cryptography;
using System.Text;

namespace Tritter.Torch.Corpus;

/// <summary>The files of one repository that somebody wrote, folder by folder.</summary>
public static class RepositoryText
{
    private const double MaxTestShare = 0.3;

    /// <summary>Reads what passes the filter, folder by folder in an order that favours none: the limit then keeps whole folders.</summary>
    /// <param name="name">owner/name, as prompts will show it.</param>
    /// <param name="maxBytes">Most bytes of all files together.</param>
    public static IEnumerable<SourceFile> Read(ISourceTree tree, string name, IReadOnlyList<TreeEntry> entries, long maxBytes)
    {
        TreeEntry[] ordered = [.. entries
            .Where(e => e.Bytes is >= FileFilter.MinBytes and <= FileFilter.MaxBytes && SourceFile.LanguageOf(e.Path) is not null && FileFilter.AcceptsPath(e.Path))
            .OrderBy(e => Order(Path.GetDirectoryName(e.Path)!)).ThenBy(e => e.Path, StringComparer.Ordinal)];
        long total = 0;
        long tests = 0;
        foreach ((TreeEntry entry, byte[] bytes) in tree.Read(ordered))
        {
            bool isTest = FileFilter.IsTest(entry.Path);
            if (total + bytes.Length > maxBytes || (isTest && tests + bytes.Length > MaxTestShare * Math.Max(total, 2_000_000)) || bytes.AsSpan().Contains((byte)0))
            {
                continue;
            }

            string text = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').ReplaceLineEndings("\n");
            if (text.Contains('\uFFFD', StringComparison.Ordinal) || !FileFilter.AcceptsText(text))
            {
                continue;
            }

            total += bytes.Length;
            tests += isTest ? bytes.Length : 0;
            yield return new SourceFile(name, entry.Path, SourceFile.LanguageOf(entry.Path)!, text);
        }
    }

    /// <summary>Sets files aside for measuring: by their paths, so that a file stays on its side when others come and go.</summary>
    /// <param name="share">0 to 1.</param>
    public static (SourceFile[] Training, SourceFile[] HeldOut) Split(IReadOnlyList<SourceFile> files, double share)
    {
        ILookup<bool, SourceFile> sides = files.ToLookup(f => IsHeldOut(f.Path, share));
        return ([.. sides[false]], [.. sides[true]]);
    }

    public static bool IsHeldOut(string path, double share) => Order("held out: " + path) < share * ulong.MaxValue;

    /// <summary>A number by which names come in an order that has nothing to do with what they say.</summary>
    internal static ulong Order(string name) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
