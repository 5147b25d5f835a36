using System.CommandLine;
using System.Text.Json;
using Tritter.Core.Completion;
using Tritter.Core.Replay;
using Tritter.Inference;
using Tritter.Inference.Model;
using Tritter.Server.Replays;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter replay FILE</c>: does every recorded completion again and says which did not come out as recorded, to the last bit.</summary>
internal static class ReplayCommand
{
    private const string EraseLine = "\r\u001b[2K";

    public static Command Create(CommandOutput output)
    {
        var file = new Argument<string>("FILE") { Description = "What 'tritter complete --record FILE' or 'tritter lsp --record FILE' wrote." };
        Option<string?> model = ModelOptions.Model();
        Option<int> threads = ModelOptions.Threads();
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line for each completion." };
        var command = new Command("replay", "Repeat recorded completions and compare them bit by bit.") { file, model, threads, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(parsed.GetRequiredValue(file), ModelDirectory.Find(parsed.GetValue(model)), parsed.GetValue(threads), parsed.GetValue(json), output, cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(string file, string directory, int threads, bool json, CommandOutput output, CancellationToken cancellationToken)
    {
        ModelIdentity model = ModelIdentity.Of(directory);
        int lines = CommandFailure.Reading(file, () => Check(file, model, directory));
        using InferenceEngine engine = InferenceEngine.Load(directory, threads);
        using var completer = new Completer(engine);
        Recorder recorder = RecordingCompleter.RecorderOf(completer, model);
        (int done, int same) = (0, 0);
        foreach (ReplayLine line in ReplayReader.Read(file))
        {
            if (line.IsCutOff)
            {
                output.Error.WriteLine($"tritter: {file}:{line.Number} is cut off and was skipped");
                continue;
            }

            done++;
            output.Out.Write(output.UsesAnsi ? $"{done} of {lines} …" : "");
            ReplayReport report = Replay(file, line, recorder, model, cancellationToken);
            same += report.Same ? 1 : 0;
            output.Out.Write(output.UsesAnsi ? EraseLine : "");
            output.Out.WriteLine(json ? JsonSerializer.Serialize(report, CommandLineJson.Readable.ReplayReport) : Show(report, output));
        }

        return (int)(same == lines ? ExitCode.Success : ExitCode.Failure);
    }

    /// <summary>Reads the whole file before the model is loaded.</summary>
    /// <returns>How many lines there are to replay.</returns>
    /// <exception cref="CommandFailure">None of them can be: the file is another kind of file, or all was recorded with other models.</exception>
    private static int Check(string file, ModelIdentity model, string directory)
    {
        (int lines, bool anyFits, ReplayLine? first) = (0, false, null);
        foreach (ReplayLine line in ReplayReader.Read(file))
        {
            lines += line.IsCutOff ? 0 : 1;
            if (first is null || (first.Record is null && line.Record is not null))
            {
                first = line;
            }

            anyFits |= line.Record is { } record && record.Model.DifferenceFrom(model) is null;
        }

        return first switch
        {
            null => throw new CommandFailure($"{file} is empty"),
            { Record: null } => throw new CommandFailure($"{file} is no replay file: line {first.Number}: {first.Problem}"),
            { Record.Model: var recorded } when !anyFits => throw new CommandFailure(
                $"{file} was recorded with another model than {directory}: {recorded.Name} has {recorded.DifferenceFrom(model)}; name it by --model DIR"),
            _ => lines,
        };
    }

    private static ReplayReport Replay(string file, ReplayLine line, Recorder recorder, ModelIdentity model, CancellationToken cancellationToken)
    {
        if (line.Record is not { } recorded)
        {
            return new ReplayReport(file, line.Number, null, Same: false, 0, null, $"damaged: {line.Problem}");
        }

        RecordDifference? difference;
        if (recorded.Model.DifferenceFrom(model) is { } other)
        {
            difference = new RecordDifference(null, $"another model: {recorded.Model.Name} has {other}");
        }
        else if (recorded.Device is { } card)
        {
            difference = new RecordDifference(null, $"it was computed on a graphics card, whose last bits no processor repeats: {card}");
        }
        else
        {
            CompletionRecord now = recorder.Complete(recorded.Request.ToRequest(), cancellationToken).Record;
            difference = RecordDifference.Find(recorded, now);
            difference = difference is null ? null : difference with { What = difference.What + Versions(recorded, now) };
        }

        return new ReplayReport(file, line.Number, recorded.Request.Path, difference is null, recorded.Steps.Count(s => s.Token is not null), difference?.Step, difference?.What);
    }

    /// <summary>A program that computes otherwise explains a difference; one that does not leaves it to be explained.</summary>
    private static string Versions(CompletionRecord recorded, CompletionRecord now) =>
        recorded.Numerics == now.Numerics && recorded.Version == now.Version
            ? ""
            : $" (recorded by {recorded.Version} with numerics {recorded.Numerics}, this is {now.Version} with numerics {now.Numerics})";

    private static string Show(ReplayReport report, CommandOutput output)
    {
        string where = report.Path is null ? $"{report.File}:{report.Line}" : $"{report.File}:{report.Line} {report.Path}";
        string step = report.Step is int number ? $" at step {number}" : "";
        string what = report.Same ? $"same, {report.Tokens} tokens" : $"differs{step}: {report.Difference}";
        return output.Shown($"{where}: {what}".ReplaceLineEndings(" "));
    }
}
