using System.Text.Json;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tokenizer;

/// <summary>What Tritter needs of a Hugging Face tokenizer.json: a byte-level BPE vocabulary.</summary>
/// <param name="Vocabulary">Token bytes by id; special tokens hold their UTF-8 text; ids that no token has are null.</param>
/// <param name="Texts">Vocabulary entries as written in the file, by id; null where there is none.</param>
/// <param name="Merges">Pairs that merge, first merge first, as written in the file.</param>
/// <param name="SplitPattern">Regular expression whose matches are tokenised one by one.</param>
/// <param name="SpecialTokens">Text and id of the tokens that are not text.</param>
internal sealed record TokenizerFile(
    byte[]?[] Vocabulary,
    string?[] Texts,
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
            (byte[]?[] vocabulary, string?[] texts) = ReadVocabulary(model.GetProperty("vocab"), special, path);
            return new TokenizerFile(vocabulary, texts, ReadMerges(model.GetProperty("merges"), path), ReadSplitPattern(root, path), special);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException(path, "is not a byte-level BPE tokenizer: " + e.Message, e);
        }
    }

    private static Dictionary<string, int> ReadSpecialTokens(JsonElement root, string path)
    {
        var special = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonElement token in root.GetProperty("added_tokens").EnumerateArray())
        {
            string text = token.GetProperty("content").GetString()!;
            int id = token.GetProperty("id").GetInt32();
            Expect(text.Length > 0 && id >= 0 && id < MaxTokens && special.TryAdd(text, id), path, $"added_tokens: '{SafetensorsHeader.Shorten(text)}' with id {id} is empty, out of range or there twice");
        }

        return special;
    }

    private static (byte[]?[] Vocabulary, string?[] Texts) ReadVocabulary(JsonElement vocab, Dictionary<string, int> special, string path)
    {
        var entries = vocab.EnumerateObject().Select(p => (Text: p.Name, Id: p.Value.GetInt32())).ToList();
        entries.AddRange(special.Where(s => !vocab.TryGetProperty(s.Key, out _)).Select(s => (s.Key, s.Value)));
        Expect(entries.Count > 0 && entries.All(e => e.Id >= 0 && e.Id < MaxTokens), path, $"vocab: expected ids from 0 to {MaxTokens - 1}");
        int size = entries.Max(e => e.Id) + 1;
        var vocabulary = new byte[]?[size];
        var texts = new string?[size];
        foreach ((string text, int id) in entries)
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
    private static List<(string Left, string Right)> ReadMerges(JsonElement merges, string path)
    {
        var pairs = new List<(string, string)>(merges.GetArrayLength());
        foreach (JsonElement merge in merges.EnumerateArray())
        {
            string[] parts = merge.ValueKind == JsonValueKind.String
                ? merge.GetString()!.Split(' ')
                : merge.EnumerateArray().Select(e => e.GetString()!).ToArray();
            Expect(parts.Length == 2, path, $"merges: entry {pairs.Count} is not a pair");
            pairs.Add((parts[0], parts[1]));
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
                return step.GetProperty("pattern").GetProperty("Regex").GetString()!;
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
