using System.CommandLine;
using System.Globalization;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;
using Tritter.Torch.Packing;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train accuracy: how often an exported model's next token is right, in the engine, however a state becomes a token.</summary>
internal static class AccuracyCommand
{
    private static readonly (string Name, Rounding Rounding)[] _roundings =
        [("logits", Rounding.Logits), ("nearest by angle", Rounding.NearestByCosine), ("nearest by distance", Rounding.NearestByDistance)];

    public static Command Create(CancellationToken cancellation)
    {
        var model = new Option<string>("--model") { Description = "Folder with the exported model", Required = true };
        var data = new Option<string>("--data") { Description = "Folder with val-*.tokens", Required = true };
        var most = new Option<int>("--most") { Description = "Sequences of each file", DefaultValueFactory = _ => 8 };
        var command = new Command("accuracy", "Counts right next tokens of held-out sequences, chosen by logits and by the nearest embedding.") { model, data, most };
        command.SetAction(parse =>
        {
            string[] files = [.. Directory.GetFiles(parse.GetValue(data)!, "val-*.tokens").Order(StringComparer.Ordinal)];
            if (files.Length == 0)
            {
                throw new InvalidDataException($"{parse.GetValue(data)}: has no val-*.tokens; 'tritter-train pack --validation' makes them");
            }

            using Stream standard = Console.OpenStandardOutput();
            using var output = new StreamWriter(standard) { AutoFlush = true };
            foreach ((string name, Rounding rounding) in _roundings)
            {
                using InferenceEngine engine = InferenceEngine.Load(parse.GetValue(model)!, rounding: rounding);
                (int right, int all) = (0, 0);
                foreach (TokenShard shard in files.Select(TokenShard.Read))
                {
                    for (int i = 0; i < Math.Min(parse.GetValue(most), shard.Count); i++)
                    {
                        (int hits, int count) = Count(engine, shard.Tokens(i), shard.Marks(i), cancellation);
                        (right, all) = (right + hits, all + count);
                    }
                }

                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-20} {right,7} of {all} right, {100.0 * right / Math.Max(1, all):F2} %"));
            }

            return 0;
        });
        return command;
    }

    /// <summary>Each document of a sequence is a text of its own, and each of its tokens but the first a guess.</summary>
    private static (int Right, int All) Count(InferenceEngine engine, ReadOnlySpan<ushort> tokens, ReadOnlySpan<TokenMarks> marks, CancellationToken cancellation)
    {
        (int right, int all) = (0, 0);
        Session? session = null;
        for (int i = 0; i < tokens.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (marks[i].HasFlag(TokenMarks.Padding))
            {
                continue;
            }

            if (session is null || marks[i].HasFlag(TokenMarks.Start))
            {
                session?.Dispose();
                session = engine.OpenSession(Math.Min(tokens.Length, engine.Config.MaxPositions));
            }
            else
            {
                all++;
                right += Sampler.Greedy(session.Logits) == tokens[i] ? 1 : 0;
            }

            session.Append(tokens[i]);
        }

        session?.Dispose();
        return (right, all);
    }
}
