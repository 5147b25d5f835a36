using System.Diagnostics;
using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Inference;

namespace Tritter.Bench;

/// <summary>
/// Which prompt layout completes better: cuts files at seeded places to the end of the line, in words, blanks and behind punctuation
/// alike, and counts how often the suggestion's first line is what stood there.
/// </summary>
internal static class LayoutComparison
{
    public static void Run(string model, int count, IEnumerable<string> sources, TextWriter output)
    {
        string[] files = SourceFiles.Find(sources);
        using InferenceEngine engine = InferenceEngine.Load(model);
        foreach (FimLayout layout in Enum.GetValues<FimLayout>())
        {
            using var completer = new Completer(engine, layout);
            var random = new Random(1);
            var watch = Stopwatch.StartNew();
            int exact = 0, answered = 0;
            for (int i = 0; i < count; i++)
            {
                (Document document, int offset, string expected) = Cut(files, random);
                CompletionResult result = completer.Complete(new CompletionRequest(document, offset, null, 32), null, CancellationToken.None);
                answered += result.Text.Length > 0 ? 1 : 0;
                exact += result.Text.Split('\n')[0].Trim() == expected.Trim() ? 1 : 0;
            }

            output.WriteLine($"{layout}: {exact} of {count} exact ({100.0 * exact / count:F1} %), {answered} answered, {watch.ElapsedMilliseconds / count} ms each, {files.Length} files");
        }
    }

    /// <summary>A file without the rest of one line; comments and trifles are not asked for.</summary>
    internal static (Document Document, int Offset, string Expected) Cut(string[] files, Random random)
    {
        while (true)
        {
            string file = files[random.Next(files.Length)];
            string text = SourceFiles.Read(file);
            int offset = random.Next(1, text.Length);
            int end = text.IndexOf('\n', offset);
            int start = text.LastIndexOf('\n', offset - 1) + 1;
            if (end > 0 && text[offset..end].Trim().Length >= 3 && text[start..offset].TrimStart() is not ['/', '/', ..] and not ['#', ..])
            {
                return (new Document(Path.GetFileName(file), SourceFiles.Language(file), 1, text.Remove(offset, end - offset)), offset, text[offset..end]);
            }
        }
    }
}
