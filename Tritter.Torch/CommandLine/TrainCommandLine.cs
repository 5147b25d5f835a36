using System.CommandLine;

namespace Tritter.Torch.CommandLine;

/// <summary>The arguments of tritter-train. The only place that turns exceptions into a line and an exit code.</summary>
public static class TrainCommandLine
{
    /// <returns>The exit code of the process: 0 done, 1 failed.</returns>
    public static int Run(string[] args, CancellationToken cancellation)
    {
        var root = new RootCommand("Trains ternary Tritter models.")
        {
            CorpusCommand.Create(cancellation),
            PackCommand.Create(cancellation),
            RunCommand.Create(cancellation),
            CheckCommand.Create(),
            AccuracyCommand.Create(cancellation),
            FineTuneCommand.Create(cancellation),
            PlanCommand.Create(),
            TokenizerCommand.Create(cancellation),
            DemoCommand.Create(cancellation),
        };
        try
        {
            return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or Inference.Model.ModelFormatException or NotSupportedException)
        {
            Console.Error.WriteLine("tritter-train: " + e.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("tritter-train: stopped");
            return 1;
        }
    }
}
