using System.Globalization;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Evaluations.Programs;

/// <summary>Runs programs that a model wrote, one after another.</summary>
internal sealed class ProgramRunner
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    private readonly Toolchain _toolchain;
    private readonly Confinement _confinement;
    private readonly TimeSpan _limit;

    private ProgramRunner(Toolchain toolchain, Confinement confinement, TimeSpan limit) => (_toolchain, _confinement, _limit) = (toolchain, confinement, limit);

    /// <summary>What holds programs in, for the report.</summary>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"at most {_limit.TotalSeconds:0.#} s each, limited memory, {_confinement.Description}");

    /// <param name="confined">False to go on with limits only, where the system cannot do more.</param>
    /// <exception cref="CommandFailure">Programs of that language, or any, cannot be run here.</exception>
    public static async Task<ProgramRunner> FindAsync(Toolchain toolchain, bool confined, TimeSpan limit, CancellationToken cancellationToken)
    {
        (Confinement? confinement, string problem) = confined ? await Confinement.FindAsync(cancellationToken) : (Confinement.LimitsOnly, "");
        if (confinement is null)
        {
            throw new CommandFailure($"the model's programs are not run: {problem}; --no-sandbox runs them all the same, with what they may do to your files");
        }

        // The same way that the model's programs go: a compiler that is there may still find no linker, or no home.
        Executable? sample = await toolchain.BuildAsync(toolchain.Sample, confinement, cancellationToken);
        ProgramResult? result = sample is null ? null : await confinement.RunAsync(sample, _patience, cancellationToken);
        return result?.ExitCode == 0
            ? new ProgramRunner(toolchain, confinement, limit)
            : throw new CommandFailure($"{toolchain.Language} programs cannot be run here: that takes {toolchain.Needs}{(result is { Error.Length: > 0 } ? $" ({result.Error.Trim().Split('\n')[0]})" : "")}");
    }

    /// <exception cref="OperationCanceledException">The token was cancelled; the program is stopped.</exception>
    public async Task<ProgramEnd> RunAsync(string source, CancellationToken cancellationToken)
    {
        Executable? program = await _toolchain.BuildAsync(source, _confinement, cancellationToken);
        if (program is null)
        {
            return ProgramEnd.DoesNotCompile;
        }

        ProgramResult result = await _confinement.RunAsync(program, _limit, cancellationToken);
        return result.ExitCode switch { null => ProgramEnd.TimedOut, 0 => ProgramEnd.Passed, _ => ProgramEnd.Failed };
    }
}
