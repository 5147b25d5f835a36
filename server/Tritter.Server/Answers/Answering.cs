using System.Collections.Concurrent;
using Tritter.Core.Answers;
using Tritter.Core.Ask;
using Tritter.Core.CSharp;
using Tritter.Core.Explain;
using Tritter.Core.Phrasing;
using Tritter.Repository.Files;
using Tritter.Repository.History;
using Tritter.Repository.Index;
using Tritter.Repository.Projects;

namespace Tritter.Server.Answers;

/// <summary>Explains and answers about repositories, each read when it is first asked about and kept. Thread-safe; computes on the calling thread.</summary>
/// <param name="workspace">Its projects are shared with completion.</param>
/// <param name="open">The index of a repository's folder.</param>
internal sealed class Answering(CSharpWorkspace workspace, Conversations conversations, Func<string, RepositoryIndex> open) : IDisposable
{
    /// <summary>Questions of a conversation that a model is told.</summary>
    private const int MostEarlierQuestions = 4;

    private readonly Phrasers _phrasers = new();
    private readonly ConcurrentDictionary<string, LiveSolution> _solutions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<RepositoryIndex>> _indexes = new(StringComparer.Ordinal);
    private (CSharpSolution Solution, CSharpGraph Graph)? _graph;

    /// <summary>With indexes and conversations in the user's cache folder.</summary>
    public static Answering ForUser(CSharpWorkspace workspace, Action<string> problem) =>
        new(workspace, new Conversations(Path.Combine(CacheFolder.Path, "conversations")), root => RepositoryIndex.Open(root, problem));

    /// <param name="root">Full path of the repository's folder.</param>
    /// <param name="onText">Told of each piece of the text as it is written.</param>
    /// <exception cref="OperationCanceledException"/>
    public Answer Explain(string root, ExplainRequest request, OpenTexts texts, Action<string>? onText, CancellationToken cancellationToken)
    {
        var to = new AnswerWriter(texts.Of, onText);
        var sources = new ExplainSources(Solution(root).Current(texts.ByPath, cancellationToken), (path, text, first, last) => GitHistory.Of(path, text, first, last, cancellationToken));
        string? kind = CSharpExplainer.Explain(sources, request, to, cancellationToken);
        if (kind is not null)
        {
            return to.Finish(kind, isExact: true, new Searched(sources.Solution.Files.Count, 0, []));
        }

        AskSources asked = Sources(root, sources.Solution, cancellationToken);
        kind = NameExplainer.Explain(asked, request, to, cancellationToken);
        if (kind is null)
        {
            to.Paragraph($"Nothing is known about {AnswerWriter.Code(Path.GetFileName(request.Path))}: no C# project has it, and the index knows no declaration in it.");
        }

        return to.Finish(kind ?? "none", isExact: kind is not null, new Searched(asked.Files, asked.Chunks, []));
    }

    /// <summary>A C# symbol in a few lines; null where none is named.</summary>
    /// <exception cref="OperationCanceledException"/>
    public string? Hover(string root, ExplainRequest request, OpenTexts texts, CancellationToken cancellationToken) =>
        HoverText.Of(Solution(root).Current(texts.ByPath, cancellationToken), request.Path, request.Start ?? 0, cancellationToken);

    /// <param name="conversation">Its earlier questions say what "it" is.</param>
    /// <param name="selected">The name under the user's cursor, which "this" may mean; null for none.</param>
    /// <inheritdoc cref="Explain"/>
    public Answer Ask(string root, string question, string conversation, string? selected, OpenTexts texts, Action<string>? onText, CancellationToken cancellationToken)
    {
        AskSources sources = Sources(root, Solution(root).Current(texts.ByPath, cancellationToken), cancellationToken);
        Question read = Asker.Read(sources, question, selected ?? conversations.Subject(conversation), cancellationToken);
        Answer answer = Asker.Answer(sources, read, new AnswerWriter(texts.Of, onText), cancellationToken);
        conversations.Add(conversation, new Turn(question, read.Subject, answer.Kind));
        return answer;
    }

    /// <summary>As <see cref="Explain"/>, and below it the words of the model that the user chose, if any.</summary>
    /// <inheritdoc cref="Explain"/>
    public Task<Answer> ExplainAsync(string root, ExplainRequest request, AnswerModel model, OpenTexts texts, Action<string>? onText, CancellationToken cancellationToken)
    {
        Answer found = Explain(root, request, texts, onText, cancellationToken);
        string question = request.Diagnostic is { } diagnostic ? $"What does {diagnostic} mean here, and what can be done about it?" : "What is this code, and what does it do?";
        return InOtherWordsAsync(root, question, [], found, model, texts, onText, cancellationToken);
    }

    /// <summary>As <see cref="Ask"/>, and below it the words of the model that the user chose, if any.</summary>
    /// <inheritdoc cref="Ask"/>
    public Task<Answer> AskAsync(
        string root, string question, string conversation, string? selected, AnswerModel model, OpenTexts texts, Action<string>? onText, CancellationToken cancellationToken)
    {
        string[] earlier = [.. conversations.Turns(conversation).TakeLast(MostEarlierQuestions).Select(t => t.Question)];
        Answer found = Ask(root, question, conversation, selected, texts, onText, cancellationToken);
        return InOtherWordsAsync(root, question, earlier, found, model, texts, onText, cancellationToken);
    }

    public void Dispose() => _phrasers.Dispose();

    private Task<Answer> InOtherWordsAsync(
        string root, string question, string[] earlier, Answer found, AnswerModel model, OpenTexts texts, Action<string>? onText, CancellationToken cancellationToken)
    {
        if (_phrasers.Of(model) is not { } phraser)
        {
            return Task.FromResult(found);
        }

        // What .tritterignore or git's own lists name is no model's business, even where the compiler reads it.
        var names = found.Citations.Select(c => c.Path).Distinct().ToDictionary(path => path, path => AnswerMessages.Relative(root, path), StringComparer.Ordinal);
        IReadOnlySet<string> shown = RepositoryFiles.Among(root, names.Values, cancellationToken);
        PhrasingMaterial material = PhrasingMaterial.Of(question, earlier, found, texts.Of, path => shown.Contains(names[path]) ? names[path] : null, phraser.MaxCharacters);
        return PhrasedAnswer.AddAsync(phraser, found, material, onText, cancellationToken);
    }

    /// <summary>Forgets a conversation, or all.</summary>
    public void Clear(string? conversation) => conversations.Clear(conversation);

    private AskSources Sources(string root, CSharpSolution solution, CancellationToken cancellationToken)
    {
        RepositoryIndex index = _indexes.GetOrAdd(root, r => new Lazy<RepositoryIndex>(() => Indexed(r, cancellationToken))).Value;
        HashSet<string> compiled = [.. solution.Files.Select(f => f.Tree.FilePath)];
        var names = new IndexSources(index, compiled.Contains);
        IndexCounts counts = index.Counts();
        var graphs = new List<ICodeGraph>();
        if (solution.Files.Count > 0)
        {
            graphs.Add(Graph(solution));
        }

        graphs.Add(new NameGraph(names.Names));
        return new AskSources(graphs, names.Search, names.FilePath, counts.Files, counts.Chunks);
    }

    private RepositoryIndex Indexed(string root, CancellationToken cancellationToken)
    {
        RepositoryIndex index = open(root);
        try
        {
            new Indexer(index, workers: 1).Build(null, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The next question goes on from there.
            _indexes.TryRemove(root, out _);
            throw;
        }

        return index;
    }

    /// <summary>The graph remembers what it found as long as no file changes.</summary>
    private CSharpGraph Graph(CSharpSolution solution)
    {
        if (_graph is not { } known || known.Solution != solution)
        {
            _graph = known = (solution, new CSharpGraph(solution));
        }

        return known.Graph;
    }

    private LiveSolution Solution(string root) => _solutions.GetOrAdd(root, r => new LiveSolution(r, workspace));
}
