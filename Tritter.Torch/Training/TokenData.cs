using Tritter.Inference.Model;
using Tritter.Torch.Model;
using Tritter.Torch.Packing;
using static TorchSharp.torch;

namespace Tritter.Torch.Training;

/// <summary>Where reading goes on.</summary>
/// <param name="Shard">Index of the shard, in the order of names.</param>
public sealed record DataPosition(int Shard, int Sequence, int Epoch);

/// <summary>Sequences in the order of the shards' names. Shards that appear while training are read, too; after the last the first comes again.</summary>
public sealed class TokenData(string folder)
{
    private TokenShard? _shard;
    private int _loaded = -1;

    public DataPosition Position { get; set; } = new(0, 0, 0);

    /// <summary>Tokens of a sequence.</summary>
    public int Length => Current().Length;

    /// <exception cref="InvalidDataException">The folder has no shard.</exception>
    public (ushort[] Tokens, TokenMarks[] Marks) Next()
    {
        TokenShard shard = Current();
        (ushort[], TokenMarks[]) sequence = (shard.Tokens(Position.Sequence).ToArray(), shard.Marks(Position.Sequence).ToArray());
        Position = Position.Sequence + 1 < shard.Count ? Position with { Sequence = Position.Sequence + 1 } : NextShard();
        return sequence;
    }

    /// <param name="middleWeight">Weight of the loss of a middle's tokens; others have 1.</param>
    /// <param name="othersWeight">Weight of the loss of other tokens.</param>
    public static Batch Batch(ModelConfig config, IReadOnlyList<(ushort[] Tokens, TokenMarks[] Marks)> sequences, float middleWeight, float othersWeight, Device device)
    {
        int count = sequences.Sum(s => s.Tokens.Length);
        var tokens = new int[count];
        var targets = new int[count];
        var weights = new float[count];
        var lengths = new List<int>();
        int at = 0;
        foreach ((ushort[] ids, TokenMarks[] marks) in sequences)
        {
            for (int i = 0; i < ids.Length; i++, at++)
            {
                tokens[at] = ids[i];
                if (i == 0 || marks[i].HasFlag(TokenMarks.Start))
                {
                    lengths.Add(0);
                }

                lengths[^1]++;
                if (i + 1 < ids.Length && WeightOf(marks[i + 1], middleWeight, othersWeight) is var weight and > 0)
                {
                    targets[at] = ids[i + 1];
                    weights[at] = weight;
                }
            }
        }

        return new Batch(config, tokens, targets, weights, lengths, device);
    }

    /// <summary>The weights of all losses of a sequence together, as <see cref="Batch"/> gives them.</summary>
    public static double WeightSum(ushort[] tokens, TokenMarks[] marks, float middleWeight, float othersWeight)
    {
        double sum = 0;
        for (int i = 1; i < tokens.Length; i++)
        {
            sum += WeightOf(marks[i], middleWeight, othersWeight);
        }

        return sum;
    }

    /// <summary>Weight of the loss of foretelling a token; the first of a text is not foretold.</summary>
    private static float WeightOf(TokenMarks marks, float middleWeight, float othersWeight) =>
        (marks & (TokenMarks.Start | TokenMarks.Padding)) != 0 ? 0 : marks.HasFlag(TokenMarks.Middle) ? middleWeight : othersWeight;

    private TokenShard Current()
    {
        if (_loaded != Position.Shard || _shard is null)
        {
            string[] names = Names();
            _shard = TokenShard.Read(names[Position.Shard % names.Length]);
            _loaded = Position.Shard;
        }

        return _shard;
    }

    private DataPosition NextShard() => Position.Shard + 1 < Names().Length ? new(Position.Shard + 1, 0, Position.Epoch) : new(0, 0, Position.Epoch + 1);

    private string[] Names()
    {
        string[] names = [.. Directory.GetFiles(folder, "train-*.tokens").Order(StringComparer.Ordinal)];
        return names.Length > 0 ? names : throw new InvalidDataException($"{folder}: has no train-*.tokens; 'tritter-train pack' makes them");
    }
}
