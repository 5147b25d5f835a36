using System.CommandLine;
using Tritter.Inference;
using Tritter.Server.Replays;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter lsp</c>: serves an editor over standard input and output; its log goes to standard error.</summary>
internal static class LspCommand
{
    public static Command Create(CommandOutput output)
    {
        Option<string?> model = ModelOptions.Model();
        Option<string?> adapter = ModelOptions.Adapter();
        Option<ComputeDevice> device = ModelOptions.Device(ComputeDevice.Cpu);
        Option<int> threads = ModelOptions.Threads();
        Option<string?> record = ModelOptions.Record();
        var command = new Command("lsp", "Serve an editor: the Language Server Protocol over standard input and output.") { model, adapter, device, threads, record };
        var answers = new AnswerModelOptions();
        answers.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            ReplayWriter? recording = ModelOptions.OpenRecord(parsed.GetValue(record));
            // A model that is missing is no reason not to start: the server tells the editor, where the user sees it.
            var options = new LspServerOptions(ModelDirectory.Expected(parsed.GetValue(model)), parsed.GetValue(threads), output.Error, recording, parsed.GetValue(adapter)) { AnswerModel = answers.Of(parsed), Device = parsed.GetValue(device) };
            Task<int> serving = LspServer.RunAsync(Console.OpenStandardInput(), Console.OpenStandardOutput(), options);
            // The server ends when the client says so or goes away; a signal ends it without waiting for either.
            return serving.WaitAsync(cancellationToken);
        });
        return command;
    }
}
