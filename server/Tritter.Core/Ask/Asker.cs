using Tritter.Core.Answers;

namespace Tritter.Core.Ask;

/// <summary>Answers questions about a repository. What can be answered exactly is; for the rest the nearest pieces of it are quoted. No model takes part.</summary>
public static class Asker
{
    /// <param name="before">What the conversation was about; null at its beginning.</param>
    /// <exception cref="OperationCanceledException"/>
    public static Question Read(AskSources sources, string text, string? before, CancellationToken cancellationToken) =>
        QuestionReader.Read(text, name => sources.Knows(name, cancellationToken), file => sources.FilePath(file) is not null, before);

    /// <exception cref="OperationCanceledException"/>
    public static Answer Answer(AskSources sources, Question question, AnswerWriter to, CancellationToken cancellationToken)
    {
        if (question is { Kind: QuestionKind.File, Subject: { } file } && sources.FilePath(file) is { } path)
        {
            ICodeGraph? graph = sources.Graphs.FirstOrDefault(g => g.Text(path) is not null);
            FileAnswer.Write(to, graph, path, graph?.Text(path), cancellationToken);
            return Finish("file", to.Citations.Count > 0, [file]);
        }

        if (question.Kind != QuestionKind.Search && question.Subject is { } name && sources.Find(name, cancellationToken) is var (found, symbols))
        {
            IReadOnlyList<CodeSymbol> meant = GraphAnswers.Meant(symbols);
            string kind = question.Kind.ToString().ToLowerInvariant();
            bool isCertain = found.IsCertain;
            switch (question.Kind)
            {
                case QuestionKind.Definition:
                    GraphAnswers.Definition(to, found, meant, cancellationToken);
                    isCertain = true;
                    break;
                case QuestionKind.Callers:
                    GraphAnswers.Callers(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.References:
                    GraphAnswers.References(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.Writes:
                    GraphAnswers.Writes(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.Callees:
                    GraphAnswers.Callees(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.Implementers:
                    GraphAnswers.Implementers(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.Impact:
                    GraphAnswers.Impact(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.Tests:
                    GraphAnswers.Tests(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.Value:
                    GraphAnswers.Value(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.Example:
                    ExampleAnswer.Write(to, found, meant, cancellationToken);
                    break;
                case QuestionKind.Path when question.Target is { } target && found.Find(target, cancellationToken) is { Count: > 0 } ends:
                    PathAnswer.Write(to, found, meant, GraphAnswers.Meant(ends), cancellationToken);
                    break;
            }

            if (to.Length > 0)
            {
                return Finish(kind, isCertain, [name, .. question.Target is { } t ? new[] { t } : []]);
            }
        }

        IReadOnlyList<string> words = SearchAnswer.Write(to, sources, question, cancellationToken);
        return Finish("search", false, words);

        Answer Finish(string kind, bool isExact, IReadOnlyList<string> words)
        {
            if (to.Length == 0)
            {
                to.Paragraph($"Nothing was found in {sources.Files} files ({sources.Chunks} pieces), searched for {string.Join(", ", words.Select(AnswerWriter.Code))}.");
            }

            return to.Finish(kind, isExact, new Searched(sources.Files, sources.Chunks, words));
        }
    }
}
