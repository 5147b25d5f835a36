using System.Globalization;
using System.Text.Json;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;
using Tritter.Inference.Tokenizer;

namespace Tritter.Bench;

/// <summary>What int8 and int4 keys and values cost: logits, likeliest tokens and losses beside those of float32 ones.</summary>
internal static class KvPrecisions
{
    private static readonly KvPrecision[] _precisions = [KvPrecision.Float32, KvPrecision.Int8, KvPrecision.Int4];

    /// <summary>Ends of the stretches of a long text that are reported apart.</summary>
    private static readonly int[] _ends = [128, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

    /// <param name="cases">JSON of prompts with "ids".</param>
    /// <param name="positions">Tokens of the long text, which is the sources one after the other.</param>
    public static void Run(string model, string cases, int positions, IReadOnlyList<string> sources, TextWriter output)
    {
        using TritterModel loaded = TritterModel.Load(model);
        var tokenizer = TritterTokenizer.OfModel(model);
        using var team = new ThreadTeam(Environment.ProcessorCount);
        output.WriteLine("text, tokens          relative L2 of logits          same likeliest token  then float32, int8, int4: likeliest is the next | whole lines of likeliest tokens | loss in nats");
        var prompts = new Sums();
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(cases));
        foreach (JsonProperty prompt in json.RootElement.EnumerateObject())
        {
            int[] ids = [.. prompt.Value.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Compare(loaded, tokenizer, team, ids, _ => prompts);
        }

        Print(output, $"{json.RootElement.EnumerateObject().Count()} prompts", prompts);
        Sums[] stretches = [.. _ends.Select(_ => new Sums())];
        Compare(loaded, tokenizer, team, Text(loaded, tokenizer, positions, sources), position => stretches[Array.FindIndex(_ends, end => position < end)]);
        for (int i = 0; i < stretches.Length; i++)
        {
            if (stretches[i].Positions > 0)
            {
                Print(output, $"{(i == 0 ? 0 : _ends[i - 1])} to {_ends[i]}", stretches[i]);
            }
        }
    }

    private static int[] Text(TritterModel model, TritterTokenizer tokenizer, int positions, IReadOnlyList<string> sources)
    {
        string[] files = SourceFiles.Find(sources);
        new Random(1).Shuffle(files);
        var ids = new List<int>(positions);
        foreach (string file in files.TakeWhile(_ => ids.Count < positions))
        {
            ids.AddRange([model.Config.PromptTokens.FileSeparator, .. tokenizer.Encode($"{Path.GetFileName(file)}\n{SourceFiles.Read(file)}")]);
        }

        return [.. ids.Take(positions)];
    }

    /// <param name="sums">Where a position counts.</param>
    private static void Compare(TritterModel model, TritterTokenizer tokenizer, ThreadTeam team, int[] ids, Func<int, Sums> sums)
    {
        PrefixTree[] trees = [.. _precisions.Select(precision => new PrefixTree(new KvLayout(model.Config, precision), budget: 0))];
        Session[] sessions = [.. trees.Select(tree => new Session(model, team, tree, ids.Length))];
        // Greedy decoding writes a line exactly where every token of it is the likeliest after what really stands before.
        bool[] line = [.. _precisions.Select(_ => true)];
        for (int next = 0; next < ids.Length; next += ForwardPass.MaxChunk)
        {
            int count = Math.Min(ForwardPass.MaxChunk, ids.Length - next);
            foreach (Session session in sessions)
            {
                session.Append(ids.AsSpan(next, count), LogitsOf.All);
            }

            for (int t = 0; t < count; t++)
            {
                float[][] rows = [.. sessions.Select(s => s.Logits.Slice(t * model.Config.VocabSize, model.Config.VocabSize).ToArray())];
                if (next + t + 1 < ids.Length)
                {
                    int following = ids[next + t + 1];
                    Sums to = sums(next + t);
                    to.Add(rows, following, line);
                    if (tokenizer.Decode([following]).Contains('\n'))
                    {
                        to.EndLine(line);
                    }
                }
            }
        }

        foreach (IDisposable used in sessions.Concat<IDisposable>(trees))
        {
            used.Dispose();
        }
    }

    private static void Print(TextWriter output, string text, Sums s) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{text,-14} {s.Positions,5}  int8 {s.RelativeL2(1):0.00000}, int4 {s.RelativeL2(2):0.00000}  {s.Same(1):P2}, {s.Same(2):P2}  {s.Right(0):P2}, {s.Right(1):P2}, {s.Right(2):P2} | {s.Lines(0)}, {s.Lines(1)}, {s.Lines(2)} of {s.AllLines}; lost, gained: int8 {s.Lost(1)}, {s.Gained(1)}, int4 {s.Lost(2)}, {s.Gained(2)} | {s.Loss(0):0.0000}, {s.Loss(1):0.0000}, {s.Loss(2):0.0000}"));

    /// <summary>Sums over positions, for each precision.</summary>
    private sealed class Sums
    {
        private readonly double[] _difference = new double[_precisions.Length];
        private readonly int[] _same = new int[_precisions.Length];
        private readonly int[] _right = new int[_precisions.Length];
        private readonly double[] _loss = new double[_precisions.Length];
        private readonly int[] _lines = new int[_precisions.Length];
        private readonly int[] _lost = new int[_precisions.Length];
        private readonly int[] _gained = new int[_precisions.Length];
        private double _squares;

        public int Positions { get; private set; }

        public int AllLines { get; private set; }

        /// <param name="rows">[precisions][vocab].</param>
        /// <param name="following">The token that follows.</param>
        /// <param name="line">Whether all of a line was the likeliest so far, for each precision.</param>
        public void Add(float[][] rows, int following, bool[] line)
        {
            Positions++;
            _squares += rows[0].Sum(x => (double)x * x);
            int expected = Sampler.Greedy(rows[0]);
            for (int i = 0; i < rows.Length; i++)
            {
                for (int j = 0; j < rows[i].Length; j++)
                {
                    double difference = (double)rows[i][j] - rows[0][j];
                    _difference[i] += difference * difference;
                }

                int likeliest = Sampler.Greedy(rows[i]);
                _same[i] += likeliest == expected ? 1 : 0;
                _right[i] += likeliest == following ? 1 : 0;
                line[i] &= likeliest == following;
                _loss[i] += LogProbability.Normalizer(rows[i]) - rows[i][following];
            }
        }

        /// <summary>Counts a line, and makes ready for the next.</summary>
        public void EndLine(bool[] line)
        {
            AllLines++;
            for (int i = 0; i < line.Length; i++)
            {
                _lines[i] += line[i] ? 1 : 0;
                _lost[i] += line[0] && !line[i] ? 1 : 0;
                _gained[i] += line[i] && !line[0] ? 1 : 0;
            }

            line.AsSpan().Fill(true);
        }

        public int Lines(int i) => _lines[i];

        /// <summary>Lines that float32 has right and this has not.</summary>
        public int Lost(int i) => _lost[i];

        /// <summary>Lines that this has right and float32 has not.</summary>
        public int Gained(int i) => _gained[i];

        public double RelativeL2(int i) => Math.Sqrt(_difference[i] / _squares);

        public double Same(int i) => (double)_same[i] / Positions;

        public double Right(int i) => (double)_right[i] / Positions;

        public double Loss(int i) => _loss[i] / Positions;
    }
}
