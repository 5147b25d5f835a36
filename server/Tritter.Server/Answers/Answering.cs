using System.Collections.Concurrent;
using Tritter.Core.Answers;
using Tritter.Core.Explain;
using Tritter.Repository.History;
using Tritter.Repository.Projects;

namespace Tritter.Server.Answers;

/// <summary>Explains and answers about repositories, each read when it is first asked about and kept. Thread-safe; computes on the calling thread.</summary>
/// <param name="workspace">Its projects are shared with completion.</param>
internal sealed class Answering(CSharpWorkspace workspace)
{
    private readonly ConcurrentDictionary<string, LiveSolution> _solutions = new(StringComparer.Ordinal);

    /// <param name="root">Full path of the repository's folder.</param>
    /// <param name="onText">Told of each piece of the text as it is written.</param>
    /// <exception cref="OperationCanceledException"/>
    public Answer Explain(string root, ExplainRequest request, OpenTexts open, Action<string>? onText, CancellationToken cancellationToken)
    {
        var to = new AnswerWriter(open.Of, onText);
        var sources = new ExplainSources(Solution(root).Current(open.ByPath, cancellationToken), (path, text, first, last) => GitHistory.Of(path, text, first, last, cancellationToken));
        string? kind = CSharpExplainer.Explain(sources, request, to, cancellationToken);
        if (kind is null)
        {
            to.Paragraph($"No C# project here compiles {AnswerWriter.Code(Path.GetFileName(request.Path))}, so there is nothing certain to say about it.");
        }

        return to.Finish(kind ?? "none", isExact: kind is not null, new Searched(sources.Solution.Files.Count, 0, []));
    }

    private LiveSolution Solution(string root) => _solutions.GetOrAdd(root, r => new LiveSolution(r, workspace));
}
