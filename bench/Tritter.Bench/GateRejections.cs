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
        var milliseconds = new List<double>();
        int rejected = 0;
        for (int i = 0; i < count; i++)
        {
            (CSharpProject project, string path) = files[random.Next(files.Length)];
            string whole = project.Tree(path)!.ToString();
            int start = random.Next(whole.Length - 1);
            int end = End(whole, start, i % 2 == 0 ? 1 : random.Next(2, MostLines + 1));
            string middle = whole[start..end];
            long began = Stopwatch.GetTimestamp();
            GateVerdict verdict = SemanticGate.Judge(project, path, whole.Remove(start, end - start), start, middle, CancellationToken.None);
            milliseconds.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (verdict.Outcome is not (GateOutcome.Kept or GateOutcome.Abstained))
            {
                rejected++;
                output.WriteLine($"{Path.GetRelativePath(root, path)}:{whole[..start].Count(c => c == '\n') + 1} {verdict.Outcome} {verdict.Reason}: {middle.ReplaceLineEndings("\\n")}");
            }
        }

        milliseconds.Sort();
        output.WriteLine($"{rejected} of {count} rejected; p50 {milliseconds[count / 2]:F1} ms, p95 {milliseconds[count * 95 / 100]:F1} ms, highest {milliseconds[^1]:F1} ms");
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
