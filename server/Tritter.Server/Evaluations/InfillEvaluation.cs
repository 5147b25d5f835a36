using System.Diagnostics;
using Tritter.Core.Completion;
using Tritter.Core.Context;
using Tritter.Core.CSharp;
using Tritter.Core.Documents;
using Tritter.Core.Evaluation;
using Tritter.Core.Syntax;
using Tritter.Repository.Files;
using Tritter.Repository.Index;
using Tritter.Repository.Projects;

namespace Tritter.Server.Evaluations;

/// <summary>One case done.</summary>
/// <param name="Compiled">Whether a compiler was asked about the suggestion.</param>
/// <param name="Error">What it found wrong; null for nothing.</param>
internal sealed record InfillOutcome(InfillCase Case, CompletionResult Result, InfillScore Score, bool Compiled, string? Error, double Milliseconds)
{
    /// <summary>What there would be without the gate; null where nobody asked.</summary>
    public InfillOutcome? Ungated { get; init; }
}

/// <summary>Fills in seeded cuts of a repository's files and compares with what stood there.</summary>
/// <param name="compareGate">Whether every case is also looked at as it would be without the gate.</param>
internal sealed class InfillEvaluation(Completer completer, string root, string language, AssistanceParts parts, bool filter, bool compareGate, Action<string> problem) : IDisposable
{
    private const int MinCharacters = 400;
    private const int MaxCharacters = 60_000;

    private static readonly HashSet<string> _noRecent = [];

    private readonly string _root = Path.GetFullPath(root);
    private readonly CSharpWorkspace _workspace = new(problem);

    /// <summary>Of this run alone, from the files as they are: an index that somebody keeps may know what is cut out.</summary>
    private readonly string _indexFolder = Directory.CreateTempSubdirectory("tritter-eval-").FullName;
    private RepositoryIndex? _index;

    /// <param name="only">Files to cut, from the root on; null for all.</param>
    /// <exception cref="CommandLine.CommandFailure">There is nothing to cut.</exception>
    public IEnumerable<InfillOutcome> Run(int count, int seed, IReadOnlySet<string>? only, CancellationToken cancellationToken)
    {
        (string Path, string Text)[] files =
        [
            .. RepositoryFiles.List(_root, cancellationToken).Where(f => Languages.OfPath(f) == language)
                .Select(f => (Path: Path.GetRelativePath(_root, f).Replace('\\', '/'), Text: File.ReadAllText(f).Replace("\r\n", "\n", StringComparison.Ordinal)))
                .Where(f => f.Text.Length is >= MinCharacters and <= MaxCharacters && !IsGenerated(f.Text)),
        ];
        if (files.Length == 0)
        {
            throw new CommandLine.CommandFailure($"{_root} has no {language} files of {MinCharacters} to {MaxCharacters} characters");
        }

        (string Path, string Text)[] cuttable = [.. files.Where(f => only is null || only.Contains(f.Path))];
        if (cuttable.Length == 0)
        {
            throw new CommandLine.CommandFailure($"{_root} has none of the listed files, or none of {MinCharacters} to {MaxCharacters} characters");
        }

        if (parts.Retrieval && (parts.Sources & ~RetrievalSources.Outlines) != 0)
        {
            _index = RepositoryIndex.OpenIn(_indexFolder, _root, problem);
            new Indexer(_index, Environment.ProcessorCount).Build(null, cancellationToken);
        }

        DefinedNames? names = language == "csharp" ? null : DefinedNames.Of(files);
        foreach (InfillCase cut in InfillCuts.Choose(cuttable, count, seed, c => names is null ? NamesOtherFiles(c, cancellationToken) : names.NamesOtherFiles(c)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Fill(cut, cancellationToken);
        }
    }

    public void Dispose()
    {
        _index?.Clear(CancellationToken.None);
        if (Directory.Exists(_indexFolder))
        {
            Directory.Delete(_indexFolder, recursive: true);
        }
    }

    private InfillOutcome Fill(InfillCase cut, CancellationToken cancellationToken)
    {
        if (_index is null)
        {
            return FillIn(cut, cancellationToken);
        }

        // What is cut out must not be found.
        var indexer = new Indexer(_index);
        indexer.Remove([cut.Path], cancellationToken);
        InfillOutcome outcome = FillIn(cut, cancellationToken);
        indexer.Update([cut.Path], cancellationToken);
        return outcome;
    }

    private InfillOutcome FillIn(InfillCase cut, CancellationToken cancellationToken)
    {
        string path = FullPath(cut.Path);
        CSharpProject? project = language == "csharp" ? _workspace.ProjectOf(path, cancellationToken)?.WithDocument(path, cut.Cut) : null;
        var request = new CompletionRequest(new Document(cut.Path, language, 1, cut.Cut), cut.Start, Path.GetFileName(_root), cut.Kind == InfillKind.Block ? 160 : 64) { Invoked = cut.Kind == InfillKind.Block, Filtered = filter };
        Assistance assistance = project is null
            ? SyntaxAssistance.For(language, cut.Cut, cut.Start, parts.Gate)
            : CSharpAssistance.For(FocusedFile.Of(project, path, cut.Cut), cut.Start, parts, p => Path.GetRelativePath(_root, p).Replace('\\', '/'));
        if (_index is { } index)
        {
            assistance = assistance.With(token => RepositoryContext.Find(index, cut.Path, cut.Cut, cut.Start, parts.Sources, token), cut.Cut, _noRecent);
        }

        CompletionResult? ungated = null;
        long start = Stopwatch.GetTimestamp();
        CompletionResult result = assistance.Complete((r, token) => ungated = completer.Complete(r, onText: null, token), request, cancellationToken);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        InfillOutcome outcome = Judged(result, milliseconds);
        return !compareGate || ungated is null ? outcome
            : outcome with { Ungated = ungated.Text == result.Text ? outcome : Judged(ungated, milliseconds - result.Assistance.Gate.TotalMilliseconds) };

        InfillOutcome Judged(CompletionResult answer, double took)
        {
            (bool compiled, string? error) = answer.Text.Length == 0 ? (false, null)
                : project is not null ? (true, AddedError(project, path, cut, answer.Text, cancellationToken))
                : AddedFault(cut, answer.Text, cancellationToken);
            string compared = cut.Kind == InfillKind.Block ? answer.Text : answer.Text.Split('\n')[0];
            return new InfillOutcome(cut, answer, InfillScore.Of(compared, cut.Middle), compiled, error, took);
        }
    }

    /// <summary>An error of the whole file that it has with the suggestion, and had neither without it nor as it was written.</summary>
    private static string? AddedError(CSharpProject cut, string path, InfillCase c, string suggestion, CancellationToken cancellationToken)
    {
        ErrorCount known = ErrorCount.Of(cut.Errors(path, cancellationToken)).Or(ErrorCount.Of(cut.WithDocument(path, c.Whole).Errors(path, cancellationToken)));
        return known.New(cut.WithDocument(path, c.Cut.Insert(c.Start, suggestion)).Errors(path, cancellationToken)).FirstOrDefault()?.ToString();
    }

    /// <summary>A place that does not parse, in a file that as it was written did; others are not judged.</summary>
    private (bool Parsed, string? Fault) AddedFault(InfillCase c, string suggestion, CancellationToken cancellationToken) =>
        SyntaxFaults.First(language, c.Whole, cancellationToken) is { IsParsed: true, Fault: null } && SyntaxFaults.First(language, c.Cut.Insert(c.Start, suggestion), cancellationToken) is { IsParsed: true } now
            ? (true, now.Fault)
            : (false, null);

    private bool NamesOtherFiles(InfillCase cut, CancellationToken cancellationToken)
    {
        string path = FullPath(cut.Path);
        return _workspace.ProjectOf(path, cancellationToken)?.WithDocument(path, cut.Whole) is { } project && project.NamesOtherFiles(path, cut.Start, cut.Length, cancellationToken);
    }

    private string FullPath(string relative) => Path.Combine(_root, relative).Replace('\\', '/');

    private static bool IsGenerated(string text) => text.AsSpan(0, Math.Min(text.Length, 600)).Contains("auto-generated", StringComparison.OrdinalIgnoreCase);
}
