using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using Tritter.Inference.Model;
using Tritter.Inference.Model.Gguf;

namespace Tritter.Inference.Tokenizer;

/// <summary>Text to token ids and back. Thread-safe.</summary>
public sealed partial class TritterTokenizer
{
    /// <summary>For one match: a foreign pattern may take exponential time.</summary>
    private static readonly TimeSpan _splitTimeout = TimeSpan.FromSeconds(1);

    private readonly TokenizerFile _file;
    private readonly Microsoft.ML.Tokenizers.Tokenizer _bpe;
    private readonly Regex? _specialTokens;

    private TritterTokenizer(TokenizerFile file, Microsoft.ML.Tokenizers.Tokenizer bpe)
    {
        _file = file;
        _bpe = bpe;
        if (file.SpecialTokens.Count > 0)
        {
            // The longest first, as a special token may begin with another.
            IEnumerable<string> longestFirst = file.SpecialTokens.Keys.OrderByDescending(t => t.Length);
            _specialTokens = new Regex(string.Join('|', longestFirst.Select(Regex.Escape)), RegexOptions.CultureInvariant);
        }
    }

    /// <summary>Ids run from 0 to this minus 1.</summary>
    public int VocabularySize => _file.Vocabulary.Length;

    /// <summary>The tokenizer of a model folder (tokenizer.json) or of a GGUF file.</summary>
    /// <exception cref="ModelFormatException">There is none, or it is damaged or of another kind.</exception>
    public static TritterTokenizer OfModel(string path)
    {
        if (GgufFile.Find(path) is not { } found)
        {
            return Load(Path.Combine(path, "tokenizer.json"));
        }

        using GgufFile gguf = GgufFile.Open(found);
        return Of(GgufTokenizer.Read(gguf));
    }

    /// <exception cref="ModelFormatException">The file is missing, damaged or another kind of tokenizer.</exception>
    public static TritterTokenizer Load(string path) => Of(TokenizerFile.Load(path));

    private static TritterTokenizer Of(TokenizerFile file)
    {
        try
        {
            var split = new RegexPreTokenizer(SplitRegex(file.SplitPattern), null);
            return new TritterTokenizer(file, RanksAreIds(file) ? MakeTiktoken(file, split) : MakeBpe(file, split));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException(file.Path, "cannot be used: " + SafetensorsHeader.Shorten(e.Message), e);
        }
    }

    /// <summary>The ids of text as text: what looks like a special token is spelled out, so a file cannot forge the prompt's layout.</summary>
    /// <exception cref="ModelFormatException">The file's pattern takes too long on this text.</exception>
    public IReadOnlyList<int> Encode(string text)
    {
        try
        {
            return _bpe.EncodeToIds(text);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ModelFormatException(_file.Path, $"pre_tokenizer: expected a Regex that finds a match within {e.MatchTimeout.TotalSeconds} s, found '{SafetensorsHeader.Shorten(e.Pattern)}'", e);
        }
    }

    /// <summary>The ids of text in which special tokens stand for themselves.</summary>
    public IReadOnlyList<int> EncodeWithSpecialTokens(string text)
    {
        var ids = new List<int>();
        int next = 0;
        foreach (Match special in _specialTokens?.Matches(text) ?? Enumerable.Empty<Match>())
        {
            ids.AddRange(Encode(text[next..special.Index]));
            ids.Add(_file.SpecialTokens[special.Value]);
            next = special.Index + special.Length;
        }

        ids.AddRange(Encode(text[next..]));
        return ids;
    }

    /// <summary>The UTF-8 bytes of a token; a part of a character when the token is one. Empty for ids that no token has.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)VocabularySize ? _file.Vocabulary[id] : default;

    /// <summary>The name of a special token, such as &lt;|fim_prefix|&gt;; null for text.</summary>
    public string? SpecialName(int id) => IsSpecial(id) ? _file.Texts[id] : null;

    public bool IsSpecial(int id) => (uint)id < (uint)VocabularySize && _file.Texts[id] is { } text && _file.SpecialTokens.ContainsKey(text);

    /// <summary>Text of the ids; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            bytes.AddRange(Bytes(id));
        }

        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>Tiktoken merges the pair whose result has the lowest id, which is the pair merged first only if ids were given in that order.</summary>
    private static bool RanksAreIds(TokenizerFile file)
    {
        int last = -1;
        foreach ((string left, string right) in file.Merges)
        {
            int id = file.Ids[left + right];
            if (id <= last)
            {
                return false;
            }

            last = id;
        }

        int firstMerged = file.Merges.Count > 0 ? file.Ids[file.Merges[0].Left + file.Merges[0].Right] : int.MaxValue;
        return Enumerable.Range(0, 256).All(b => file.Ids.TryGetValue(ByteLevel.ToChar((byte)b).ToString(), out int id) && id < firstMerged);
    }

    private static TiktokenTokenizer MakeTiktoken(TokenizerFile file, PreTokenizer split)
    {
        using var lines = new MemoryStream();
        for (int id = 0; id < file.Vocabulary.Length; id++)
        {
            if (file.Vocabulary[id] is { } bytes && !file.SpecialTokens.ContainsKey(file.Texts[id]!))
            {
                lines.Write(Encoding.ASCII.GetBytes($"{Convert.ToBase64String(bytes)} {id}\n"));
            }
        }

        lines.Position = 0;
        return TiktokenTokenizer.Create(lines, split, null);
    }

    private static BpeTokenizer MakeBpe(TokenizerFile file, PreTokenizer split)
    {
        IEnumerable<KeyValuePair<string, int>> vocabulary = file.Texts.Select((text, id) => KeyValuePair.Create(text!, id)).Where(e => e.Key is not null);
        var merges = file.Merges.Select(m => $"{m.Left} {m.Right}");
        return BpeTokenizer.Create(new BpeOptions(vocabulary) { Merges = merges, PreTokenizer = split, ByteLevel = true });
    }

    /// <summary>The pattern that our models use is compiled at build time: no start-up cost and fast under Native AOT.</summary>
    private static Regex SplitRegex(string pattern) =>
        pattern == CodePattern ? CodeRegex() : new Regex(pattern, RegexOptions.CultureInvariant, _splitTimeout);

    private const string CodePattern = @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [GeneratedRegex(CodePattern, RegexOptions.CultureInvariant)]
    private static partial Regex CodeRegex();
}
