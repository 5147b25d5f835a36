using System.Diagnostics;
using System.Globalization;
using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Inference;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Bench;

/// <summary>Completes again and again as somebody types: neither memory nor what a request allocates may grow.</summary>
internal static class ManyRequests
{
    private const int MaxTokens = 8;

    /// <param name="model">A model folder. One without a tokenizer, such as the tests' tiny model, is given one of bytes.</param>
    public static void Run(string model, int count, IEnumerable<string> sources, TextWriter output)
    {
        if (File.Exists(Path.Combine(model, "tokenizer.json")))
        {
            Measure(model, count, sources, output);
            return;
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("tritter-bench-");
        try
        {
            foreach (string name in new[] { "config.json", "model.safetensors" })
            {
                File.Copy(Path.Combine(model, name), Path.Combine(folder.FullName, name));
            }

            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer.json"), SmallTokenizer.Json().ToJsonString());
            Measure(folder.FullName, count, sources, output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Measure(string model, int count, IEnumerable<string> sources, TextWriter output)
    {
        using InferenceEngine engine = InferenceEngine.Load(model);
        using var completer = new Completer(engine);
        var typist = new Typist(SourceFiles.Find(sources), new Random(1));
        output.WriteLine("requests  managed KB a request  bytes a token  collections     live heap MB  KV MB  resident MB  ms a request");
        int step = Math.Max(1, count / 10);
        for (int done = 0; done < count;)
        {
            long before = GC.GetTotalAllocatedBytes();
            long start = Stopwatch.GetTimestamp();
            int end = done == 0 ? Math.Min(step, 100) : Math.Min(count, done < step ? step : done + step);
            int requests = end - done;
            long tokens = 0;
            for (; done < end; done++)
            {
                (Document document, int offset) = typist.Next();
                CompletionResult result = completer.Complete(new CompletionRequest(document, offset, null, MaxTokens), null, CancellationToken.None);
                tokens += result.Cost.PromptTokens - result.Cost.CachedTokens + result.Cost.GeneratedTokens;
            }

            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds / requests;
            double allocated = GC.GetTotalAllocatedBytes() - before;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{done,8}  {allocated / requests / 1e3,20:F1}  {allocated / tokens,13:F0}  {GC.CollectionCount(0),11}  {GC.GetTotalMemory(forceFullCollection: true) / 1e6,15:F1}  {engine.KvBytes / 1e6,5:F1}  {ProcessMemory.Resident / 1e6,11:F1}  {milliseconds,12:F2}"));
        }
    }
}
