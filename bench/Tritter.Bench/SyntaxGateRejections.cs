using System.Diagnostics;
using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Core.Syntax;
using Tritter.Core.Tests.Syntax;
using Tritter.Repository.Files;

namespace Tritter.Bench;

/// <summary>
/// How often the syntactic gate finds fault with what stands in a repository's own files, which it should hardly ever, and how long it takes: for
/// real text, and for a suggestion that has to be trimmed in a file of a thousand lines.
/// </summary>
internal static class SyntaxGateRejections
{
    private const int Lines = 1000;

    public static void Run(string root, int count, TextWriter output)
    {
        foreach (IGrouping<string, string> language in RepositoryFiles.List(root, CancellationToken.None)
            .GroupBy(Languages.OfPath).Where(g => SyntaxGate.Judge(g.Key, "", 0, "", CancellationToken.None) is not null))
        {
            string[] texts = [.. language.Select(File.ReadAllText).Where(t => t.Length is > 400 and < 100_000).Select(t => t.ReplaceLineEndings("\n"))];
            if (texts.Length > 0)
            {
                Rejections(language.Key, texts, count, output);
                Time(language.Key, texts, output);
            }
        }
    }

    private static void Rejections(string language, string[] texts, int count, TextWriter output)
    {
        (int rejected, int abstained, int judged) = (0, 0, 0);
        int each = Math.Max(1, count / texts.Length);
        foreach (string text in texts)
        {
            foreach ((string before, string cut, string after) in RealCuts.Of(text, seed: 1, each))
            {
                GateVerdict verdict = SyntaxGate.Judge(language, before + after, before.Length, cut, CancellationToken.None)!;
                judged++;
                abstained += verdict.Outcome == GateOutcome.Abstained ? 1 : 0;
                if (verdict.Text != cut)
                {
                    rejected++;
                    output.WriteLine($"{verdict.Outcome} {verdict.Reason}: {cut.ReplaceLineEndings("\\n")} -> {verdict.Text.ReplaceLineEndings("\\n")}");
                }
            }
        }

        output.WriteLine($"{language}: {texts.Length} files, {rejected} of {judged} rejected or changed, {abstained} not judged");
    }

    private static void Time(string language, string[] texts, TextWriter output)
    {
        string[] lines = [.. texts.SelectMany(t => t.Split('\n')).Take(Lines)];
        string text = string.Join('\n', lines);
        foreach ((string name, Func<string, string> suggestion) in ((string, Func<string, string>)[])[("as it stands", cut => cut), ("broken", cut => cut + "\n) = = (]")])
        {
            var milliseconds = new List<double>();
            TimeSpan used = Environment.CpuUsage.TotalTime;
            foreach ((string before, string cut, string after) in RealCuts.Of(text, seed: 2, 100))
            {
                long began = Stopwatch.GetTimestamp();
                SyntaxGate.Judge(language, before + after, before.Length, suggestion(cut), CancellationToken.None);
                milliseconds.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            milliseconds.Sort();
            double processor = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / milliseconds.Count;
            output.WriteLine($"{language}: {lines.Length} lines, {name}: {processor:F1} ms of processor time each; waited p50 {milliseconds[milliseconds.Count / 2]:F1} ms, p95 {milliseconds[milliseconds.Count * 95 / 100]:F1} ms, highest {milliseconds[^1]:F1} ms");
        }
    }
}
