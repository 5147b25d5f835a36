using System.CommandLine;
using System.CommandLine.Invocation;
using Tritter.Inference.Cuda;
using Tritter.Inference.Model;

namespace Tritter.Server.CommandLine;

/// <summary>The <c>tritter</c> command: parses, runs one subcommand, and turns what goes wrong into one line and an exit code.</summary>
internal static class TritterCommandLine
{
    public static async Task<int> RunAsync(string[] args, CommandOutput output, CancellationToken cancellationToken)
    {
        ParseResult parsed = Create(output).Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            string problem = string.Join(" ", parsed.Errors.Select(e => e.Message));
            return await FailAsync(output, $"{problem} See '{FullName(parsed.CommandResult.Command)} --help'.", ExitCode.Usage);
        }

        try
        {
            var invocation = new InvocationConfiguration
            {
                Output = output.Out,
                Error = output.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (CommandFailure e)
        {
            return await FailAsync(output, e.Message, e.ExitCode);
        }
        catch (ModelFormatException e)
        {
            return await FailAsync(output, $"the model cannot be used: {e.Message}", ExitCode.Failure);
        }
        catch (CudaException e)
        {
            return await FailAsync(output, $"the graphics card failed: {e.Message}", ExitCode.Failure);
        }
        catch (OperationCanceledException)
        {
            return await FailAsync(output, "cancelled", ExitCode.Failure);
        }
        catch (Exception e)
        {
            // A fault in Tritter itself: the one line for the user, then the stack for the report.
            await FailAsync(output, $"internal error, please report it with the lines below: {e.Message}", ExitCode.Failure);
            await output.Error.WriteLineAsync(e.ToString());
            return (int)ExitCode.Failure;
        }
    }

    private static RootCommand Create(CommandOutput output) => new("A code assistant that runs a ternary language model on this machine and nowhere else.")
    {
        LspCommand.Create(output),
        CompleteCommand.Create(output),
        ExplainCommand.Create(output),
        AskCommand.Create(output),
        ReplayCommand.Create(output),
        IndexCommand.Create(output),
        SearchCommand.Create(output),
        ChunksCommand.Create(output),
        BenchCommand.Create(output),
        Evaluations(output),
        ModelCommand.Create(output),
        StatsCommand.Create(output),
    };

    private static Command Evaluations(CommandOutput output)
    {
        var command = new Command("eval", "Measure how good completions and answers are.")
        {
            EvalInfillCommand.Create(output), EvalAskCommand.Create(output), EvalExplainCommand.Create(output), EvalHumanEvalCommand.Create(output), EvalNeedleCommand.Create(output),
        };
        foreach (Command programs in EvalProgramsCommand.All(output))
        {
            command.Add(programs);
        }

        return command;
    }

    private static async Task<int> FailAsync(CommandOutput output, string message, ExitCode exitCode)
    {
        await output.Error.WriteLineAsync($"tritter: {message.ReplaceLineEndings(" ")}");
        return (int)exitCode;
    }

    private static string FullName(Command command) =>
        command is RootCommand ? "tritter" : $"{FullName((Command)command.Parents.First())} {command.Name}";
}
