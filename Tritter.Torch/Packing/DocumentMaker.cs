using System.Security.Cryptography;
using System.Text;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;
using Tritter.Torch.Corpus;

namespace Tritter.Torch.Packing;

/// <summary>Makes documents in the forms that the model meets: files of a repository in a row, and the prompts that completion sends.</summary>
public sealed class DocumentMaker(TritterTokenizer tokenizer, PromptTokens special, PackingMix mix)
{
    // As in the prompt of the server: what it sends at most of either side.
    private const int MaxPrefixCharacters = 8000;
    private const int MaxSuffixCharacters = 2400;
    private const int MaxPrefixTokens = 2500;
    private const int MaxSuffixTokens = 800;
    private const int MaxHeaderPartTokens = 60;
    private const int MaxHealedCharacters = 64;
    private const int MaxMiddleTokens = 400;
    private const int MaxContextTokens = 1200;

    /// <summary>Random numbers that depend on nothing but the file and the pass.</summary>
    public static Random RandomFor(SourceFile file, int pass) =>
        new(BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{file.Repository}\n{file.Path}\n{pass}"))));

    /// <summary>The file as it is, with its header.</summary>
    public Document Plain(SourceFile file, Random random)
    {
        List<int> tokens = Header(random.NextDouble() < 0.85 ? file.Repository : null, file.Path);
        tokens.AddRange(tokenizer.Encode(file.Text));
        tokens.Add(special.EndOfText);
        return new Document([.. tokens.Select(t => (ushort)t)], tokens.Count);
    }

    /// <param name="neighbours">Files of the same repository to show before it.</param>
    /// <returns>null when the cut that was drawn does not fit the file.</returns>
    public Document? Fim(SourceFile file, IReadOnlyList<SourceFile> neighbours, Random random)
    {
        if (CursorCut.Draw(file.Text, random) is not { } cut)
        {
            return null;
        }

        string prefix = PrefixOf(file.Text, cut.Start, random.Next(2) == 0 ? MaxPrefixCharacters : random.Next(600, MaxPrefixCharacters));
        string suffix = SuffixOf(file.Text, cut.End, random.Next(2) == 0 ? MaxSuffixCharacters : random.Next(100, MaxSuffixCharacters));
        string middle = file.Text[cut.Start..cut.End];
        IReadOnlyList<int> all = tokenizer.Encode(prefix);
        List<int> before = [.. all.Skip(all.Count - MaxPrefixTokens)];
        if (random.NextDouble() < mix.Healed)
        {
            (before, string typed) = Heal(before, prefix);
            middle = typed + middle;
        }

        List<int> after = [.. tokenizer.Encode(suffix).Take(MaxSuffixTokens)];
        List<int> filled = [.. tokenizer.Encode(middle)];
        if (filled.Count > MaxMiddleTokens)
        {
            return null;
        }

        var tokens = new List<int>();
        bool context = neighbours.Count > 0 && random.NextDouble() < mix.Context;
        string? repository = context || random.Next(2) == 0 ? file.Repository : null;
        if (context)
        {
            tokens.AddRange(Context(repository, neighbours, random));
            tokens.AddRange(Header(null, file.Path));
        }
        else
        {
            tokens.AddRange(Header(repository, file.Path));
        }

        tokens.Add(special.FimPrefix);
        if (random.NextDouble() < mix.SuffixFirst)
        {
            tokens.AddRange([special.FimSuffix, .. after, special.FimMiddle, .. before]);
        }
        else
        {
            tokens.AddRange([.. before, special.FimSuffix, .. after, special.FimMiddle]);
        }

        int start = tokens.Count;
        tokens.AddRange([.. filled, special.EndOfText]);
        return new Document([.. tokens.Select(t => (ushort)t)], start);
    }

    private List<int> Context(string? repository, IReadOnlyList<SourceFile> neighbours, Random random)
    {
        List<int> tokens = repository is null ? [] : Name(repository);
        int room = random.Next(200, MaxContextTokens);
        // What the server finds is shown as signatures, in the order of paths; excerpts are what an open file would be.
        bool signatures = random.NextDouble() < mix.Signatures;
        IEnumerable<SourceFile> shown = signatures ? neighbours.Take(4).OrderBy(n => n.Path, StringComparer.Ordinal) : neighbours;
        foreach (SourceFile neighbour in shown)
        {
            // The beginning of a file says what it declares; more than an excerpt is not read.
            string text = signatures ? Signatures.Of(neighbour.Text, neighbour.Language) : neighbour.Text[..Math.Min(neighbour.Text.Length, 3000)];
            if (text.Length == 0)
            {
                continue;
            }

            tokens.AddRange(Header(null, neighbour.Path));
            tokens.AddRange(tokenizer.Encode(text).Take(Math.Max(0, room - tokens.Count)));
            if (tokens.Count >= room)
            {
                break;
            }
        }

        return tokens;
    }

    private List<int> Name(string repository) => [special.RepositoryName, .. tokenizer.Encode(repository).TakeLast(MaxHeaderPartTokens)];

    private List<int> Header(string? repository, string path)
    {
        List<int> tokens = repository is null ? [] : Name(repository);
        tokens.Add(special.FileSeparator);
        tokens.AddRange(tokenizer.Encode(path + "\n").TakeLast(MaxHeaderPartTokens));
        return tokens;
    }

    /// <summary>At most so many characters before the cursor, from the start of a line.</summary>
    private static string PrefixOf(string text, int cursor, int most)
    {
        int start = Math.Max(0, cursor - most);
        if (start > 0)
        {
            int line = text.IndexOf('\n', start) + 1;
            start = line > 0 && line <= cursor ? line : start;
        }

        return text[start..cursor];
    }

    private static string SuffixOf(string text, int from, int most)
    {
        int end = Math.Min(text.Length, from + most);
        if (end < text.Length && end > from)
        {
            int line = text.LastIndexOf('\n', end - 1, end - from) + 1;
            end = line > from ? line : end;
        }

        return text[from..end];
    }

    /// <summary>The server takes a begun word or indentation out of the prompt and has it spelled again; the middle then begins with it.</summary>
    private (List<int> Tokens, string Typed) Heal(List<int> tokens, string prefix)
    {
        int wordStart = prefix.AsSpan().TrimEnd(" \t").Length;
        if (wordStart == prefix.Length)
        {
            while (wordStart > 0 && (char.IsLetter(prefix[wordStart - 1]) || prefix[wordStart - 1] == '_'))
            {
                wordStart--;
            }
        }

        // ".Find" and "(name" are tokens: the sign before the word goes, too.
        if (wordStart > 0 && !char.IsLetterOrDigit(prefix[wordStart - 1]) && !char.IsWhiteSpace(prefix[wordStart - 1]) && !char.IsSurrogate(prefix[wordStart - 1])
            && !char.IsWhiteSpace(prefix[^1]))
        {
            wordStart--;
        }

        if (prefix.Length - wordStart > MaxHealedCharacters)
        {
            return (tokens, "");
        }

        int wordBytes = Encoding.UTF8.GetByteCount(prefix.AsSpan(wordStart));
        int kept = tokens.Count;
        var typed = 0;
        while (kept > 0 && typed < wordBytes)
        {
            typed += tokenizer.Bytes(tokens[--kept]).Length;
        }

        string text = tokenizer.Decode(tokens.Skip(kept));
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? (tokens, "") : (tokens[..kept], text);
    }
}
