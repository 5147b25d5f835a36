using System.CommandLine;
using Tritter.Remote;
using Tritter.Server.Answers;

namespace Tritter.Server.CommandLine;

/// <summary>The options by which a user has a model put answers into words. Without them none does, and nothing is sent anywhere.</summary>
internal sealed class AnswerModelOptions
{
    private readonly Option<string?> _address = new("--endpoint")
    {
        Description = $"Send questions, and the code that answers them, to this OpenAI-compatible API, such as http://localhost:8000/v1, for an answer in other words. Its key, if it wants one: ${AnswerModel.KeyVariable}.",
        HelpName = "URL",
    };

    private readonly Option<string?> _model = new("--endpoint-model") { Description = "Which of the API's models answers.", HelpName = "NAME" };

    private readonly Option<int> _tokens = ModelOptions.Whole(
        "--endpoint-tokens", "Most tokens that the API is sent.", RemoteEndpoint.UsualTokens, RemoteEndpoint.FewestTokens, RemoteEndpoint.MostTokens);

    private readonly Option<string?> _chat = new("--chat-model") { Description = "Have a chat model on this machine answer in other words: a name that 'tritter model add' gave, a folder, or a GGUF file.", HelpName = "MODEL" };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _address, _model, _tokens, _chat })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="CommandFailure">They make no sense together.</exception>
    public AnswerModel Of(ParseResult parsed)
    {
        string? chat = parsed.GetValue(_chat);
        if (parsed.GetValue(_address) is not { } given)
        {
            return parsed.GetValue(_model) is null ? new AnswerModel(ChatModel: chat) : throw new CommandFailure("--endpoint-model needs --endpoint URL", ExitCode.Usage);
        }

        if (chat is not null)
        {
            throw new CommandFailure("choose --endpoint or --chat-model: one model answers", ExitCode.Usage);
        }

        Uri address = RemoteEndpoint.ToAddress(given) ?? throw new CommandFailure($"--endpoint {given} is no address; write one such as http://localhost:8000/v1", ExitCode.Usage);
        return parsed.GetValue(_model) is { Length: > 0 } model
            ? new AnswerModel(new RemoteEndpoint(address, model, AnswerModel.KeyOfUser, parsed.GetValue(_tokens)))
            : throw new CommandFailure("--endpoint needs --endpoint-model NAME", ExitCode.Usage);
    }
}
