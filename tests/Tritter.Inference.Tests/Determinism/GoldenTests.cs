using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Tritter.Inference.Generation;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Determinism;

/// <summary>
/// The tiny model's tokens and the bits of their logits, as stored. `.ci/run` repeats this with instruction sets switched off, so every
/// path has to reproduce the same bits. After a change that is meant to change them, run with UPDATE_EXPECT=1 and say why.
/// </summary>
public sealed class GoldenTests
{
    private const int Generated = 32;

    private static readonly string _path = Path.Combine(TinyModel.Folder, "golden.json");

    /// <summary>Lengths of prompts; the last one goes round the ring of a sliding layer.</summary>
    public static TheoryData<int> Lengths => [1, 7, 64, 200, 1150];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Tokens_and_bits_are_the_stored_ones(int length)
    {
        JsonObject actual = Run(length);
        if (Environment.GetEnvironmentVariable("UPDATE_EXPECT") == "1")
        {
            Store(length, actual);
        }

        JsonNode? stored = JsonNode.Parse(File.ReadAllText(_path))![Key(length)];
        Assert.Equal(stored?.ToJsonString(), actual.ToJsonString());
    }

    private static string Key(int length) => $"{length} tokens";

    private static JsonObject Run(int length)
    {
        using var model = new TinyModel(2);
        using Session session = model.OpenSession();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var greedy = new JsonArray();
        session.Read(TinyModel.Prompt(length), TestContext.Current.CancellationToken);
        for (int i = 0; i < Generated; i++)
        {
            hash.AppendData(MemoryMarshal.AsBytes(session.Logits));
            int token = Sampler.Greedy(session.Logits);
            greedy.Add(token);
            session.Append(token);
        }

        return new JsonObject { ["greedy"] = greedy, ["logits_sha256"] = Convert.ToHexStringLower(hash.GetHashAndReset()) };
    }

    private static void Store(int length, JsonObject actual)
    {
        JsonObject all = File.Exists(_path) ? JsonNode.Parse(File.ReadAllText(_path))!.AsObject() : [];
        all[Key(length)] = actual.DeepClone();
        IEnumerable<string> lines = all.OrderBy(e => int.Parse(e.Key.Split(' ')[0])).Select(e => $"  \"{e.Key}\": {e.Value!.ToJsonString()}");
        File.WriteAllText(_path, $"{{\n{string.Join(",\n", lines)}\n}}\n");
    }
}
