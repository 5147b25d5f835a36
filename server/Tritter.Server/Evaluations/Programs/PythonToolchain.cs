using System.Text;

namespace Tritter.Server.Evaluations.Programs;

/// <summary>The Python 3 of this machine.</summary>
internal sealed class PythonToolchain : Toolchain
{
    private string? _python;

    public override string Language => "Python";

    public override string Needs => "Python 3, as python3 or python";

    public override string Sample => "assert 1 + 1 == 2\n";

    public override async Task<Executable?> BuildAsync(string source, Confinement confinement, CancellationToken cancellationToken)
    {
        // What is called python3 may be a script that looks for the interpreter where a confined program has no home.
        _python ??= await InstalledProgram.AskAsync("python3", cancellationToken, "-c", "import sys; print(sys.executable)")
            ?? await InstalledProgram.AskAsync("python", cancellationToken, "-c", "import sys; sys.version_info[0] == 3 and print(sys.executable)");
        return _python is null ? null : new Executable([("program.py", Encoding.UTF8.GetBytes(source))], [_python, "-I", "program.py"]);
    }
}
