using Tritter.Repository.Index;

namespace Tritter.Server.CommandLine;

/// <summary>Shows how far indexing is, once the number of files is known.</summary>
internal sealed class IndexProgressLine(CommandOutput output) : IDisposable
{
    private ProgressLine? _line;

    public void Report(IndexProgress progress)
    {
        _line ??= new ProgressLine(output, "indexing", progress.Total, TimeProvider.System, unit: "files");
        _line.Report(progress.Done);
    }

    public void Dispose() => _line?.Dispose();
}
