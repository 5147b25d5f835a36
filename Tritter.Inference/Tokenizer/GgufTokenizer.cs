using Tritter.Inference.Model;
using Tritter.Inference.Model.Gguf;

namespace Tritter.Inference.Tokenizer;

/// <summary>A byte-level BPE vocabulary in a GGUF file's settings.</summary>
internal static class GgufTokenizer
{
    private const int Control = 3;
    private const int UserDefined = 4;

    /// <summary>Llama 3's, which BitNet b1.58 2B4T has too.</summary>
    private const string LlamaPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <exception cref="ModelFormatException">The settings hold no vocabulary, or another kind of one.</exception>
    public static TokenizerFile Read(GgufFile file)
    {
        GgufSettings settings = file.Settings;
        string kind = settings.Text("tokenizer.ggml.model") ?? "none";
        string split = settings.Text("tokenizer.ggml.pre") ?? "default";
        if (kind != "gpt2" || split is not ("llama-bpe" or "llama3" or "default"))
        {
            throw new ModelFormatException(file.Path, $"tokenizer.ggml.model and .pre: expected 'gpt2' and 'llama-bpe', found '{SafetensorsHeader.Shorten(kind)}' and '{SafetensorsHeader.Shorten(split)}'");
        }

        string[] tokens = settings.Texts("tokenizer.ggml.tokens") ?? throw new ModelFormatException(file.Path, "tokenizer.ggml.tokens is missing");
        long[] types = settings.Numbers("tokenizer.ggml.token_type") ?? new long[tokens.Length];
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var special = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++)
        {
            if (tokens[id].Length == 0 || !ids.TryAdd(tokens[id], id))
            {
                throw new ModelFormatException(file.Path, $"tokenizer.ggml.tokens: '{SafetensorsHeader.Shorten(tokens[id])}' with id {id} is empty or there twice");
            }

            if (id < types.Length && types[id] is Control or UserDefined)
            {
                special.Add(tokens[id], id);
            }
        }

        return TokenizerFile.Of(file.Path, ids, special, settings.Texts("tokenizer.ggml.merges") ?? [], LlamaPattern);
    }
}
