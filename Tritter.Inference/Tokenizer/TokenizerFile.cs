using System.Text.Json;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tokenizer;

/// <summary>What Tritter needs of a Hugging Face tokenizer.json: a byte-level BPE vocabulary.</summary>
/// <param name="Vocabulary">Token bytes by id; special tokens hold their UTF-8 text; ids that no token has are null.</param>
/// <param name="Texts">Vocabulary entries as written in the file, by id; null where there is none.</param>
/// <param name="Ids">The reverse of <paramref name="Texts"/>.</param>
/// <param name="Merges">Pairs that merge, first merge first, as written in the file; they and what they become are in the vocabulary.</param>
/// <param name="SplitPattern">Regular expression whose matches are tokenised one by one.</param>
/// <param name="SpecialTokens">Text and id of the tokens that are not text.</param>
internal sealed record TokenizerFile(
    string Path,
    byte[]?[] Vocabulary,
    string?[] Texts,
    IReadOnlyDictionary<string, int> Ids,
    IReadOnlyList<(string Left, string Right)> Merges,
    string SplitPattern,
    IReadOnlyDictionary<string, int> SpecialTokens)
{
    private const int MaxTokens = 1 << 22;

    /// <exception cref="ModelFormatException">The file is missing, damaged or another kind of tokenizer.</exception>
    public static TokenizerFile Load(string path)
    {
        using JsonDocument json = ConfigReader.Parse(path);
        try
        {
            JsonElement root = json.RootElement;
            JsonElement model = root.GetProperty("model");
            Expect(model.GetProperty("type").ValueEquals("BPE"), path, "model.type: expected 'BPE'");
            Expect(IsAbsent(root, "normalizer"), path, "normalizer: expected none");
            Dictionary<string, int> special = ReadSpecialTokens(root, path);
            Dictionary<string, int> ids = ReadIds(model.GetProperty("vocab"), special, path);
            (byte[]?[] vocabulary, string?[] texts) = MakeVocabulary(ids, special, path);
            return new TokenizerFile(path, vocabulary, texts, ids, ReadMerges(model.GetProperty("merges"), ids, path), ReadSplitPattern(root, path), special);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException(path, "is not a byte-level BPE tokenizer: " + e.Message, e);
        }
    }

    /// <summary>A vocabulary from another file than tokenizer.json.</summary>
    /// <param name="merges">"a b" each, first merge first.</param>
    /// <exception cref="ModelFormatException">The parts do not fit each other.</exception>
    public static TokenizerFile Of(string path, Dictionary<string, int> ids, Dictionary<string, int> special, IEnumerable<string> merges, string splitPattern)
    {
        (byte[]?[] vocabulary, string?[] texts) = MakeVocabulary(ids, special, path);
        return new TokenizerFile(path, vocabulary, texts, ids, CheckMerges(merges.Select(m => m.Split(' ')), ids, path), splitPattern, special);
    }

    private static Dictionary<string, int> ReadSpecialTokens(JsonElement root, string path)
    {
        var special = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonElement token in root.GetProperty("added_tokens").EnumerateArray())
        {
            string text = token.GetProperty("content").GetString() ?? "";
            int id = token.GetProperty("id").GetInt32();
            Expect(text.Length > 0 && id >= 0 && id < MaxTokens && special.TryAdd(text, id), path, $"added_tokens: '{SafetensorsHeader.Shorten(text)}' with id {id} is empty, out of range or there twice");
        }

        return special;
    }

    private static Dictionary<string, int> ReadIds(JsonElement vocab, Dictionary<string, int> special, string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty entry in vocab.EnumerateObject())
        {
            int id = entry.Value.GetInt32();
            if (id < 0 || id >= MaxTokens || !ids.TryAdd(entry.Name, id))
            {
                throw new ModelFormatException(path, $"vocab: '{SafetensorsHeader.Shorten(entry.Name)}' with id {id} is out of range or there twice");
            }
        }

        foreach ((string text, int id) in special)
        {
            Expect(ids.TryAdd(text, id) || ids[text] == id, path, $"added_tokens: '{SafetensorsHeader.Shorten(text)}' has id {id}, but vocab gives it {ids[text]}");
        }

        return ids;
    }

    private static (byte[]?[] Vocabulary, string?[] Texts) MakeVocabulary(Dictionary<string, int> ids, Dictionary<string, int> special, string path)
    {
        // Bytes that no UTF-8 text has may be without a token.
        foreach (int b in Enumerable.Range(0, 256).Where(b => b is not (0xC0 or 0xC1 or > 0xF4)))
        {
            Expect(ids.ContainsKey(ByteLevel.ToChar((byte)b).ToString()), path, $"vocab: byte {b} has no token");
        }

        int size = ids.Values.Max() + 1;
        var vocabulary = new byte[]?[size];
        var texts = new string?[size];
        foreach ((string text, int id) in ids)
        {
            Expect(texts[id] is null, path, $"vocab: id {id} is given twice");
            texts[id] = text;
            vocabulary[id] = special.ContainsKey(text)
                ? System.Text.Encoding.UTF8.GetBytes(text)
                : ByteLevel.ToBytes(text) ?? throw new ModelFormatException(path, $"vocab: '{SafetensorsHeader.Shorten(text)}' is not in the byte-level alphabet");
        }

        return (vocabulary, texts);
    }

    /// <summary>Merges stand as ["a", "b"] or, in older files, as "a b".</summary>
    private static List<(string Left, string Right)> ReadMerges(JsonElement merges, Dictionary<string, int> ids, string path) =>
        CheckMerges(merges.EnumerateArray().Select(merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ') : merge.EnumerateArray().Select(e => e.GetString()).ToArray()), ids, path);

    private static List<(string Left, string Right)> CheckMerges(IEnumerable<string?[]> merges, Dictionary<string, int> ids, string path)
    {
        var pairs = new List<(string, string)>();
        foreach (string?[] parts in merges)
        {
            if (parts is not [{ } left, { } right])
            {
                throw new ModelFormatException(path, $"merges: entry {pairs.Count} is not a pair");
            }

            if (!ids.ContainsKey(left) || !ids.ContainsKey(right) || !ids.ContainsKey(left + right))
            {
                throw new ModelFormatException(path,
                    $"merges: entry {pairs.Count} merges '{SafetensorsHeader.Shorten(left)}' and '{SafetensorsHeader.Shorten(right)}', but vocab lacks one of them or the result");
            }

            pairs.Add((left, right));
        }

        return pairs;
    }

    private static string ReadSplitPattern(JsonElement root, string path)
    {
        JsonElement pre = root.GetProperty("pre_tokenizer");
        IEnumerable<JsonElement> steps = pre.GetProperty("type").ValueEquals("Sequence") ? pre.GetProperty("pretokenizers").EnumerateArray() : [pre];
        foreach (JsonElement step in steps)
        {
            if (step.GetProperty("type").ValueEquals("Split"))
            {
                Expect(step.GetProperty("behavior").ValueEquals("Isolated") && !step.GetProperty("invert").GetBoolean(), path, "pre_tokenizer: expected an isolating Split");
                return step.GetProperty("pattern").GetProperty("Regex").GetString() ?? throw new ModelFormatException(path, "pre_tokenizer: the Split has no Regex");
            }
        }

        throw new ModelFormatException(path, "pre_tokenizer: expected a Split with a Regex");
    }

    private static bool IsAbsent(JsonElement root, string key) => !root.TryGetProperty(key, out JsonElement e) || e.ValueKind == JsonValueKind.Null;

    private static void Expect(bool condition, string path, string problem)
    {
        if (!condition)
        {
            throw new ModelFormatException(path, problem);
        }
    }
}
