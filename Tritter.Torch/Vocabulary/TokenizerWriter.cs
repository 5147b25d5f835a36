using System.Text.Json;

namespace Tritter.Torch.Vocabulary;

/// <summary>Writes tokenizer.json as Hugging Face's tokenizers and Tritter.Inference read it.</summary>
public static class TokenizerWriter
{
    /// <summary>The tokens that are not text, with ids from 0 up, as config.json of every preset names them.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } =
    [
        "<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|user|>", "<|assistant|>", "<|end|>",
        .. Enumerable.Range(0, 6).Select(i => $"<|reserved_{i}|>"),
    ];

    /// <summary>Tokens of a vocabulary before the first merge.</summary>
    public static int Fixed => SpecialTokens.Count + 256;

    /// <param name="merges">As <see cref="BytePairTrainer.Learn"/> gives them.</param>
    public static void Write(string path, IReadOnlyList<(int Left, int Right)> merges)
    {
        // The order of the vocabulary's bytes: by the letters that stand for them, as Hugging Face's trainer has it.
        string[] letters = ByteLetters();
        var texts = new List<string>(letters);
        using FileStream file = File.Create(path + ".partial");
        using (var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteSpecialTokens(json);
            json.WriteNull("normalizer");
            WritePreTokenizer(json);
            json.WriteNull("post_processor");
            json.WritePropertyName("decoder");
            WriteByteLevel(json, regex: true);
            json.WriteStartObject("model");
            json.WriteString("type", "BPE");
            foreach (string nothing in new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
            {
                json.WriteNull(nothing);
            }

            foreach (string no in new[] { "fuse_unk", "byte_fallback", "ignore_merges" })
            {
                json.WriteBoolean(no, false);
            }

            json.WriteStartObject("vocab");
            int id = 0;
            foreach (string text in SpecialTokens.Concat(letters.Order(StringComparer.Ordinal)))
            {
                json.WriteNumber(text, id++);
            }

            foreach ((int left, int right) in merges)
            {
                texts.Add(texts[left] + texts[right]);
                json.WriteNumber(texts[^1], id++);
            }

            json.WriteEndObject();
            json.WriteStartArray("merges");
            foreach ((int left, int right) in merges)
            {
                json.WriteStartArray();
                json.WriteStringValue(texts[left]);
                json.WriteStringValue(texts[right]);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        file.Dispose();
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <summary>The letter that stands for each byte in GPT-2's alphabet: printable ones for themselves, the others from U+0100 on.</summary>
    private static string[] ByteLetters()
    {
        int next = 256;
        return [.. Enumerable.Range(0, 256).Select(b => ((char)(b is >= 33 and <= 126 or >= 161 and <= 172 or >= 174 ? b : next++)).ToString())];
    }

    private static void WriteSpecialTokens(Utf8JsonWriter json)
    {
        json.WriteStartArray("added_tokens");
        for (int i = 0; i < SpecialTokens.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", i);
            json.WriteString("content", SpecialTokens[i]);
            foreach (string no in new[] { "single_word", "lstrip", "rstrip", "normalized" })
            {
                json.WriteBoolean(no, false);
            }

            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", BytePairTrainer.SplitPattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, regex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool regex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", regex);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", regex);
        json.WriteEndObject();
    }
}
