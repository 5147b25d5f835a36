using Tritter.Core.Phrasing;
using Tritter.Inference;
using Tritter.Inference.Chat;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Answers;

/// <summary>Has a chat model on this machine phrase answers, one after another. It is loaded for the first one.</summary>
/// <param name="name">As the user calls it: a name that <c>tritter model add</c> gave, a folder or a GGUF file.</param>
internal sealed class LocalChat(string name) : IPhraser, IDisposable
{
    private const int MostTokensOfAnswer = 300;

    /// <summary>Of a prompt: a processor reads a model of 2 billion weights at some ten tokens a second.</summary>
    private const int MostTokensOfPrompt = 2048;

    /// <summary>Code has fewer characters in a token than prose.</summary>
    private const int CharactersOfAToken = 3;

    private readonly SemaphoreSlim _turn = new(1);
    private InferenceEngine? _engine;
    private ChatTemplate? _template;

    public string Model => name;

    public string? Host => null;

    public int MaxCharacters => MostTokensOfPrompt * CharactersOfAToken;

    public async Task WriteAsync(string instructions, string material, Func<string, bool> onText, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Write(instructions, material, onText, cancellationToken);
        }
        catch (ModelFormatException e)
        {
            throw new PhrasingFailure($"the model '{name}' cannot be used: {e.Message}", wasSent: false, e);
        }
        catch (CommandFailure e)
        {
            throw new PhrasingFailure(e.Message, wasSent: false, e);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _engine?.Dispose();
        _turn.Dispose();
    }

    private void Write(string instructions, string material, Func<string, bool> onText, CancellationToken cancellationToken)
    {
        (InferenceEngine engine, ChatTemplate template) = Loaded();
        int room = Math.Min(MostTokensOfPrompt, engine.Config.MaxPositions - MostTokensOfAnswer);
        IReadOnlyList<int> prompt = Prompt(template, instructions, material, room);
        using Session session = engine.OpenSession(prompt.Count + MostTokensOfAnswer);
        var decoder = new StreamingDecoder(engine.Tokenizer);
        var options = new GenerationOptions { MaxTokens = MostTokensOfAnswer, StopTokens = engine.Defaults.StopTokens.Union(template.StopTokens).ToHashSet() };
        Generator.Generate(session, [.. prompt], options, token => onText(decoder.Add(token)), cancellationToken);
    }

    private (InferenceEngine Engine, ChatTemplate Template) Loaded()
    {
        if (_engine is null || _template is null)
        {
            string path = ModelDirectory.Expected(name);
            if (!ModelInfo.IsThere(path))
            {
                throw new PhrasingFailure($"no model is called '{name}': 'tritter model list' shows those that are", wasSent: false);
            }

            InferenceEngine engine = InferenceEngine.Load(path);
            _template = ChatTemplate.OfModel(path, engine.Tokenizer);
            if (_template is null)
            {
                engine.Dispose();
                throw new PhrasingFailure($"the model '{name}' was not trained on conversations", wasSent: false);
            }

            _engine = engine;
        }

        return (_engine, _template);
    }

    /// <summary>The conversation, its material cut at the end until it fits.</summary>
    private static IReadOnlyList<int> Prompt(ChatTemplate template, string instructions, string material, int room)
    {
        while (true)
        {
            IReadOnlyList<int> prompt = template.Encode([new(ChatRole.System, instructions), new(ChatRole.User, material)]);
            if (prompt.Count <= room)
            {
                return prompt;
            }

            int kept = (int)((long)material.Length * room / prompt.Count) - CharactersOfAToken;
            material = kept > 0 ? material[..kept] : throw new PhrasingFailure("the model's context is too short for a question", wasSent: false);
        }
    }
}
