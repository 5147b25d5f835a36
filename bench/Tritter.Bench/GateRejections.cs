using System.Diagnostics;
using Tritter.Core.Completion;
using Tritter.Core.CSharp;
using Tritter.Repository.Projects;

namespace Tritter.Bench;

/// <summary>
/// How often the gate finds fault with what stands in a repository's own files, cut out at seeded places, which it never should, and how long it
/// takes to say so.
/// </summary>
internal static class GateRejections
{
    private const int MostLines = 6;

    public static void Run(string root, int count, TextWriter output)
    {
        var loader = new ProjectLoader();
        CSharpProject[] projects =
        [
            .. Directory.EnumerateFiles(root, "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => loader.Load(file, CancellationToken.None)).Select(loaded => loaded.Project),
        ];
        (CSharpProject Project, string Path)[] files = [.. projects.SelectMany(p => p.Paths.Where(path => !path.Contains("/obj/") && p.Tree(path)!.Length > 200).Select(path => (p, path)))];
        output.WriteLine($"{projects.Length} projects, {files.Length} files, {projects.Count(p => p.IsComplete)} with all references");
        var random = new Random(1);
        var inFocus = new List<double>();
        var milliseconds = new List<double>();
        int rejected = 0;
        for (int i = 0; i < count; i++)
        {
            (CSharpProject project, string path) = files[random.Next(files.Length)];
            string whole = project.Tree(path)!.ToString();
            int start = random.Next(whole.Length - 1);
            int end = End(whole, start, i % 2 == 0 ? 1 : random.Next(2, MostLines + 1));
            string middle = whole[start..end];
            // What an editor has done long before: the file was opened.
            FocusedFile file = FocusedFile.Of(project, path, whole);
            file.WarmUp(CancellationToken.None);
            string text = whole.Remove(start, end - start);
            long began = Stopwatch.GetTimestamp();
            FocusedFile before = file.With(text) ?? FocusedFile.Of(project, path, text);
            GateVerdict verdict = SemanticGate.Judge(before, start, middle, CancellationToken.None);
            double took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            (before.IsStale ? milliseconds : inFocus).Add(took);
            if (verdict.Outcome is not (GateOutcome.Kept or GateOutcome.Abstained))
            {
                rejected++;
                output.WriteLine($"{Path.GetRelativePath(root, path)}:{whole[..start].Count(c => c == '\n') + 1} {verdict.Outcome} {verdict.Reason}: {middle.ReplaceLineEndings("\\n")}");
            }
        }

        output.WriteLine($"{rejected} of {count} rejected");
        Write(output, "while other files see no difference", inFocus);
        Write(output, "where declarations changed", milliseconds);
    }

    private static void Write(TextWriter output, string title, List<double> milliseconds)
    {
        milliseconds.Sort();
        if (milliseconds.Count > 0)
        {
            output.WriteLine($"{title}: {milliseconds.Count} cases, p50 {milliseconds[milliseconds.Count / 2]:F1} ms, p95 {milliseconds[milliseconds.Count * 95 / 100]:F1} ms, highest {milliseconds[^1]:F1} ms");
        }
    }

    private static int End(string text, int start, int lines)
    {
        int end = start;
        for (int i = 0; i < lines && end < text.Length; i++)
        {
            int next = text.IndexOf('\n', end + 1);
            end = next < 0 ? text.Length : next;
        }

        return end;
    }
}
