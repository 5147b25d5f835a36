using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;

namespace Tritter.Bench;

/// <summary>
/// What a text as long as the model allows costs: reading real source text, decoding at its end, a keystroke, a replaced line, and going on from a file
/// of keys and values in another engine or, when it is run again, in another process: with the same logits bit for bit.
/// </summary>
internal static class LongText
{
    private const int Decoded = 64;
    private const int Keys = 16;
    private const int EditBack = 2000;
    private const int Line = 12;
    private const int Room = Decoded + Keys + 2 * Line;
    private const int Stretches = 8;

    /// <param name="positions">Tokens of the text at its longest.</param>
    /// <param name="file">For keys and values. When it exists it is only gone on from; its logits are compared with those in FILE.logits.</param>
    public static void Run(string model, int positions, string file, string[] sources, TextWriter output)
    {
        long budget = InferenceEngine.DefaultKvBudget + ModelInfo.Load(model).KvBytes(positions);
        string logits = file + ".logits";
        if (!File.Exists(file))
        {
            using InferenceEngine engine = InferenceEngine.Load(model, kvBudget: budget);
            output.WriteLine($"{engine.Threads} threads, {positions} positions of {engine.Config.MaxPositions}; loaded: {ProcessMemory.Describe()}");
            int[] prompt = Tokens(engine, positions - Room, sources, output);
            using Session session = engine.OpenSession(positions);
            Prefill(session, prompt, output);
            Decode(session, output);
            Keystrokes(session, prompt, output);
            int[] edited = Edit(session, prompt, output);
            output.WriteLine(Invariant($"keys and values: {engine.KvBytes / 1e6:F1} MB of a budget of {budget / 1e6:F1} MB; {ProcessMemory.Describe()}"));
            Save(session, edited, file, output);
            File.WriteAllBytes(logits, GoOn(session));
        }

        // The last engine's memory is gone, so this one's is what counts.
        GoOnFrom(model, positions, budget, file, logits, sources, output);
    }

    private static void Prefill(Session session, int[] prompt, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        for (int stretch = 1; stretch <= Stretches; stretch++)
        {
            int end = (int)((long)prompt.Length * stretch / Stretches), begin = session.Tokens.Count;
            long from = Stopwatch.GetTimestamp();
            session.Read(prompt.AsSpan(0, end), CancellationToken.None);
            output.WriteLine(Invariant($"  tokens {begin} to {end}: {(end - begin) / Stopwatch.GetElapsedTime(from).TotalSeconds:F0} tokens/s"));
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.WriteLine(Invariant($"prefill: {prompt.Length} tokens in {seconds:F1} s, {prompt.Length / seconds:F0} tokens/s"));
    }

    private static void Decode(Session session, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Decoded; i++)
        {
            session.Append(session.Likeliest);
        }

        output.WriteLine(Invariant($"decode: {Decoded / Stopwatch.GetElapsedTime(start).TotalSeconds:F1} tokens/s at {session.Tokens.Count} positions"));
    }

    /// <summary>Tokens typed one by one at the prompt's end.</summary>
    private static void Keystrokes(Session session, int[] prompt, TextWriter output)
    {
        double[] milliseconds = new double[Keys];
        for (int i = 0; i < Keys; i++)
        {
            int[] typed = [.. prompt, .. prompt[1000..(1001 + i)]];
            long start = Stopwatch.GetTimestamp();
            session.Read(typed, CancellationToken.None);
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        // The first one also leaves behind what was decoded.
        output.WriteLine(Invariant($"a keystroke: {milliseconds.Skip(1).Order().ElementAt(Keys / 2):F1} ms, at most {milliseconds.Max():F1} ms"));
    }

    /// <summary>A line before the end becomes two others.</summary>
    private static int[] Edited(int[] prompt)
    {
        int at = prompt.Length - EditBack;
        return [.. prompt[..at], .. prompt[EditBack..(EditBack + 2 * Line)], .. prompt[(at + Line)..]];
    }

    private static int[] Edit(Session session, int[] prompt, TextWriter output)
    {
        int[] edited = Edited(prompt);
        long start = Stopwatch.GetTimestamp();
        int cached = session.Read(edited, CancellationToken.None);
        output.WriteLine(Invariant($"a line replaced {EditBack} tokens before the end: {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s, {edited.Length - cached} tokens computed"));
        return edited;
    }

    private static void Save(Session session, int[] text, string file, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        session.Save(file);
        output.WriteLine(Invariant($"saved {text.Length} tokens in {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s: {new FileInfo(file).Length} bytes"));
    }

    private static void GoOnFrom(string model, int positions, long budget, string file, string logits, string[] sources, TextWriter output)
    {
        using InferenceEngine engine = InferenceEngine.Load(model, kvBudget: budget);
        int[] edited = Edited(Tokens(engine, positions - Room, sources, TextWriter.Null));
        long start = Stopwatch.GetTimestamp();
        int held = engine.LoadPrefix(file);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using Session session = engine.OpenSession(positions);
        start = Stopwatch.GetTimestamp();
        int cached = session.Read(edited, CancellationToken.None);
        output.WriteLine(Invariant($"loaded {held} tokens in {seconds:F2} s, {edited.Length - cached} of {edited.Length} tokens computed in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms; {ProcessMemory.Describe()}"));
        bool same = GoOn(session).AsSpan().SequenceEqual(File.ReadAllBytes(logits));
        output.WriteLine(same ? $"all logits of {Keys} tokens decoded from there are the same to the last bit" : "LOGITS DIFFER from those before saving");
    }

    /// <summary>The bits of all logits while some tokens are decoded.</summary>
    private static byte[] GoOn(Session session)
    {
        using var bits = new MemoryStream();
        for (int i = 0; i < Keys; i++)
        {
            bits.Write(MemoryMarshal.AsBytes(session.Logits));
            session.Append(session.Likeliest);
        }

        return bits.ToArray();
    }

    /// <summary>The sources one behind the other, from the first again when they are too short.</summary>
    private static int[] Tokens(InferenceEngine engine, int count, string[] sources, TextWriter output)
    {
        string[] files = SourceFiles.Find(sources);
        var tokens = new List<int>(count);
        int read = 0;
        while (tokens.Count < count)
        {
            string path = files[read++ % files.Length];
            tokens.Add(engine.Config.PromptTokens.FileSeparator);
            tokens.AddRange(engine.Tokenizer.Encode(path + "\n" + SourceFiles.Read(path)));
        }

        output.WriteLine($"{count} tokens of {Math.Min(read, files.Length)} files{(read > files.Length ? ", some of them repeated" : "")}");
        return [.. tokens[..count]];
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
