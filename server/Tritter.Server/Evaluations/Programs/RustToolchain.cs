using System.Text;

namespace Tritter.Server.Evaluations.Programs;

/// <summary>The rustc of this machine. It, too, runs confined: source code can have it read files.</summary>
internal sealed class RustToolchain : Toolchain
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(120);
    private string? _rustc;

    public override string Language => "Rust";

    public override string Needs => "Linux or macOS with rustc, and a C compiler that links for it";

    public override string Sample => "fn main() {\n    assert_eq!(1 + 1, 2);\n}\n";

    public override async Task<Executable?> BuildAsync(string source, Confinement confinement, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // rustup's rustc is a front that looks for the compiler in the user's home; the compiler itself is here.
        _rustc ??= await InstalledProgram.AskAsync("rustc", cancellationToken, "--print", "sysroot") is { } root ? Path.Combine(root, "bin", "rustc") : null;
        if (_rustc is null)
        {
            return null;
        }

        string[] compile = [_rustc, "--edition", "2021", "-A", "warnings", "-C", "debuginfo=0", "program.rs"];
        var compiler = new Executable([("program.rs", Encoding.UTF8.GetBytes(source))], ["/bin/sh", "-c", "\"$@\" -o program >&2 && cat program", "sh", .. compile]) { Memory = 8L << 30 };
        ProgramResult result = await confinement.RunAsync(compiler, _limit, cancellationToken);
        return result.ExitCode == 0 ? new Executable([("program", result.Output)], ["./program"]) : null;
    }
}
