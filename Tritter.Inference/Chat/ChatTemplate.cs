using System.Text.Json;
using Tritter.Inference.Model;
using Tritter.Inference.Model.Gguf;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Chat;

/// <summary>Turns a conversation into a prompt, as the model was trained on conversations.</summary>
public sealed class ChatTemplate
{
    private readonly TritterTokenizer _tokenizer;
    private readonly ChatForm _form;
    private readonly string _begin;

    private ChatTemplate(TritterTokenizer tokenizer, ChatForm form, string begin)
    {
        _tokenizer = tokenizer;
        _form = form;
        _begin = begin;
        StopTokens = tokenizer.EncodeWithSpecialTokens(form.Stop) is [int stop] && tokenizer.IsSpecial(stop) ? new HashSet<int> { stop } : new HashSet<int>();
    }

    /// <summary>What the form is called.</summary>
    public string Name => _form.Name;

    /// <summary>Ids that end an answer, beside those of the model's own configuration.</summary>
    public IReadOnlySet<int> StopTokens { get; }

    /// <summary>
    /// The template of a model: in chat_template.jinja, tokenizer_config.json or a GGUF file's settings. Null when the model has none, and so was
    /// not trained on conversations.
    /// </summary>
    /// <param name="path">A model folder, a GGUF file, or a folder with one.</param>
    /// <exception cref="ModelFormatException">The template's form is not known here.</exception>
    public static ChatTemplate? OfModel(string path, TritterTokenizer tokenizer)
    {
        if (GgufFile.Find(path) is { } found)
        {
            using GgufFile gguf = GgufFile.Open(found);
            int begin = gguf.Settings.Int("tokenizer.ggml.bos_token_id", -1, int.MaxValue, -1);
            // All GGUF models that load are BitNet's.
            return new ChatTemplate(tokenizer, ChatForm.BitNet, tokenizer.SpecialName(begin) ?? "");
        }

        string configPath = Path.Combine(path, "tokenizer_config.json");
        using JsonDocument? config = File.Exists(configPath) ? ConfigReader.Parse(configPath) : null;
        string separate = Path.Combine(path, "chat_template.jinja");
        string? template = File.Exists(separate) ? File.ReadAllText(separate) : Text(config, "chat_template");
        if (template is null)
        {
            return null;
        }

        ChatForm form = ChatForm.All.FirstOrDefault(f => template.Contains(f.Marker, StringComparison.Ordinal))
            ?? throw new ModelFormatException(File.Exists(separate) ? separate : configPath, $"the chat template's form is not known: expected one of {string.Join(", ", ChatForm.All.Select(f => f.Name))}");
        return new ChatTemplate(tokenizer, form, Text(config, "bos_token") ?? "");
    }

    /// <summary>
    /// The prompt after which the assistant answers. What turns say is text: a special token's name in it is spelled out, so that a file cannot
    /// end a turn and begin another.
    /// </summary>
    public IReadOnlyList<int> Encode(IReadOnlyList<ChatTurn> turns)
    {
        var tokens = new List<int>();
        // Letters on both sides of a border are tokenised together, as in training, unless a special token stands between.
        string text = "";
        if (_form.Begins)
        {
            tokens.AddRange(_tokenizer.EncodeWithSpecialTokens(_begin));
        }

        foreach (ChatTurn turn in turns)
        {
            Add(_form.HeadOf(turn.Role));
            text += turn.Text.Trim();
            Add(_form.Tail);
        }

        Add(_form.HeadOf(ChatRole.Assistant));
        tokens.AddRange(_tokenizer.Encode(text));
        return tokens;

        void Add(string layout)
        {
            int end = layout.LastIndexOf("|>", StringComparison.Ordinal) + 2;
            if (end < 2)
            {
                text += layout;
                return;
            }

            int start = layout.IndexOf("<|", StringComparison.Ordinal);
            tokens.AddRange(_tokenizer.Encode(text + layout[..start]));
            tokens.AddRange(_tokenizer.EncodeWithSpecialTokens(layout[start..end]));
            text = layout[end..];
        }
    }

    /// <summary>A string, or the content of a token that is written as an object.</summary>
    private static string? Text(JsonDocument? json, string key)
    {
        if (json is null || !json.RootElement.TryGetProperty(key, out JsonElement e))
        {
            return null;
        }

        return e.ValueKind switch
        {
            JsonValueKind.String => e.GetString(),
            JsonValueKind.Object when e.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String => content.GetString(),
            // Several templates with names: the first is the default one.
            JsonValueKind.Array when e.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } first && first.TryGetProperty("template", out JsonElement template) => template.GetString(),
            _ => null,
        };
    }
}
