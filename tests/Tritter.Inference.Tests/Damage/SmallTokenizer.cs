using System.Text.Json.Nodes;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Damage;

/// <summary>A tokenizer.json with two special tokens, all bytes and three merges.</summary>
internal static class SmallTokenizer
{
    public static JsonObject Json()
    {
        var vocabulary = new JsonObject { ["<|a|>"] = 0, ["<|b|>"] = 1 };
        for (int b = 0; b < 256; b++)
        {
            vocabulary[ByteLevel.ToChar((byte)b).ToString()] = 2 + b;
        }

        vocabulary["ab"] = 258;
        vocabulary["abc"] = 259;
        vocabulary["Ġab"] = 260;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Special(0, "<|a|>"), Special(1, "<|b|>")),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new JsonObject { ["Regex"] = @" ?\w+|\s+|[^\s\w]+" },
                ["behavior"] = "Isolated",
                ["invert"] = false,
            },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray(Pair("a", "b"), Pair("ab", "c"), Pair("Ġ", "ab")),
            },
        };
    }

    public static JsonArray Pair(string left, string right) => new(left, right);

    private static JsonObject Special(int id, string text) => new() { ["id"] = id, ["content"] = text };
}
