using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tritter.Inference.Chat;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;
using Tritter.Server.Models;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter model add|remove|list</c>: names for models on this machine, which <c>--model</c> then takes.</summary>
internal static class ModelCommand
{
    public static Command Create(CommandOutput output) => new("model", "Look at models, and give names to those that you have.")
    {
        ModelInfoCommand.Create(output),
        ModelPlanCommand.Create(output),
        Add(output),
        Remove(output),
        List(output),
    };

    private static Command Add(CommandOutput output)
    {
        var path = new Argument<string>("PATH") { Description = "A model folder (Tritter's own, or BitNet b1.58 as Hugging Face publishes it), or a GGUF file." };
        var name = new Option<string?>("--name") { Description = "Its name. Default: the folder's or file's.", HelpName = "NAME" };
        var command = new Command("add", "Check a model and give it a name. Nothing is copied.") { path, name };
        command.SetAction(parsed =>
        {
            string given = parsed.GetRequiredValue(path);
            if (!ModelInfo.IsThere(given))
            {
                throw new CommandFailure($"there is no model in {Path.GetFullPath(given)}: expected a folder with config.json, or a .gguf file");
            }

            string called = parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(given)));
            string summary = Summary(ModelInfo.Load(given));
            RegisteredModels.OfUser.Add(called, given);
            output.Out.WriteLine($"{called}: {summary}");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static Command Remove(CommandOutput output)
    {
        var name = new Argument<string>("NAME") { Description = "As 'tritter model list' shows it." };
        var command = new Command("remove", "Forget a model's name. Its files stay.") { name };
        command.SetAction(parsed => RegisteredModels.OfUser.Remove(parsed.GetRequiredValue(name))
            ? (int)ExitCode.Success
            : throw new CommandFailure($"no model is called '{parsed.GetRequiredValue(name)}'; see 'tritter model list'"));
        return command;
    }

    private static Command List(CommandOutput output)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object of names and paths." };
        var command = new Command("list", "Show the models that have names.") { json };
        command.SetAction(parsed =>
        {
            SortedDictionary<string, string> models = RegisteredModels.OfUser.All;
            if (parsed.GetValue(json))
            {
                output.Out.WriteLine(JsonSerializer.Serialize(models, CommandLineJson.Readable.SortedDictionaryStringString));
                return (int)ExitCode.Success;
            }

            foreach ((string name, string path) in models)
            {
                output.Out.WriteLine(ModelInfo.IsThere(path) ? $"{name}  {path}" : $"{name}  {path} (gone)");
            }

            if (models.Count == 0)
            {
                output.Out.WriteLine("No model has a name yet: 'tritter model add PATH' gives one.");
            }

            return (int)ExitCode.Success;
        });
        return command;
    }

    /// <summary>"2412.8M parameters in /models/bitnet, chats (BitNet b1.58), does not complete code".</summary>
    private static string Summary(ModelInfo info)
    {
        string chat = ChatTemplate.OfModel(info.Directory, TritterTokenizer.OfModel(info.Directory)) is { } template ? $"chats ({template.Name})" : "does not chat";
        string fill = info.Config.PromptTokens.CanFillInTheMiddle ? "completes code" : "does not complete code";
        return string.Create(CultureInfo.InvariantCulture, $"{info.Parameters / 1e6:0.0}M parameters in {info.Directory}; {fill}, {chat}");
    }
}
