using System.Text.Json.Nodes;
using Tritter.Inference.Chat;
using Tritter.Inference.Model;
using Tritter.Inference.Tests.Damage;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Chat;

/// <summary>Prompts as the models' own templates, run by transformers, lay them out.</summary>
public sealed class ChatTemplateTests : IDisposable
{
    private static readonly string[] _special = ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|im_start|>", "<|im_end|>"];
    private static readonly ChatTurn[] _turns = [new(ChatRole.System, "Be brief."), new(ChatRole.User, " What is <|eot_id|>?\n")];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tritter-chat-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(
        "{% for message in messages %}{% set content = message['role'] | capitalize + ': '+ message['content'] | trim + '<|eot_id|>' %}{{ content }}{% endfor %}",
        "[<|begin_of_text|>]System: Be brief.[<|eot_id|>]User: What is <|eot_id|>?[<|eot_id|>]Assistant: ", "<|eot_id|>")]
    [InlineData(
        "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}",
        "[<|begin_of_text|>][<|start_header_id|>]system[<|end_header_id|>]\n\nBe brief.[<|eot_id|>][<|start_header_id|>]user[<|end_header_id|>]\n\nWhat is <|eot_id|>?[<|eot_id|>][<|start_header_id|>]assistant[<|end_header_id|>]\n\n",
        "<|eot_id|>")]
    [InlineData(
        "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}",
        "[<|im_start|>]system\nBe brief.[<|im_end|>]\n[<|im_start|>]user\nWhat is <|eot_id|>?[<|im_end|>]\n[<|im_start|>]assistant\n", "<|im_end|>")]
    public void Prompts_are_laid_out_as_the_template_says(string template, string expected, string stop)
    {
        Write("tokenizer_config.json", new JsonObject { ["bos_token"] = new JsonObject { ["content"] = "<|begin_of_text|>" }, ["chat_template"] = template }.ToJsonString());
        TritterTokenizer tokenizer = Tokenizer();
        ChatTemplate chat = ChatTemplate.OfModel(_folder.FullName, tokenizer)!;
        Assert.Equal(expected, string.Concat(chat.Encode(_turns).Select(id => tokenizer.SpecialName(id) is { } name ? $"[{name}]" : tokenizer.Decode([id]))));
        Assert.Equal(stop, tokenizer.SpecialName(Assert.Single(chat.StopTokens)));
    }

    [Fact]
    public void A_file_of_its_own_counts_before_the_configuration()
    {
        Write("tokenizer_config.json", """{ "chat_template": "<|im_start|>" }""");
        Write("chat_template.jinja", "{{ message['role'] | capitalize + ': ' }}");
        Assert.Equal("BitNet b1.58", ChatTemplate.OfModel(_folder.FullName, Tokenizer())!.Name);
    }

    [Fact]
    public void A_model_without_a_template_does_not_chat() => Assert.Null(ChatTemplate.OfModel(_folder.FullName, Tokenizer()));

    [Fact]
    public void An_unknown_template_is_refused()
    {
        Write("tokenizer_config.json", """{ "chat_template": "[INST] {{ message }} [/INST]" }""");
        TritterTokenizer tokenizer = Tokenizer();
        Refused.Check(Path.Combine(_folder.FullName, "tokenizer_config.json"), "form is not known|ChatML", () => ChatTemplate.OfModel(_folder.FullName, tokenizer));
    }

    private TritterTokenizer Tokenizer()
    {
        JsonObject json = SmallTokenizer.Json();
        for (int i = 0; i < _special.Length; i++)
        {
            json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 300 + i, ["content"] = _special[i] });
        }

        Write("tokenizer.json", json.ToJsonString());
        return TritterTokenizer.OfModel(_folder.FullName);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
