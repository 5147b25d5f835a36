using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Determinism;

/// <summary>
/// The tiny model's tokens and the bits of their logits, as stored. `.ci/run` repeats this with instruction sets switched off, so every
/// path has to reproduce the same bits. After a change that is meant to change them, raise <see cref="InferenceEngine.Numerics"/>, run with
/// UPDATE_EXPECT=1 and say why.
/// </summary>
public sealed class GoldenTests
{
    private const int Generated = 32;

    private static readonly string _path = Path.Combine(TinyModel.Folder, "golden.json");

    /// <summary>Lengths of prompts; the last one is longer than what a sliding layer keeps.</summary>
    public static TheoryData<int, KvPrecision> Lengths => new(new[] { 1, 7, 64, 200, 1150 }.SelectMany(n => new[] { (n, KvPrecision.Float32), (n, KvPrecision.Int8) }).Concat([(200, KvPrecision.Int4), (1150, KvPrecision.Int4)]));

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Tokens_and_bits_are_the_stored_ones(int length, KvPrecision precision)
    {
        JsonObject actual = Run(length, precision);
        if (Environment.GetEnvironmentVariable("UPDATE_EXPECT") == "1")
        {
            Store(Key(length, precision), actual);
        }

        JsonNode? stored = JsonNode.Parse(File.ReadAllText(_path))![Key(length, precision)];
        Assert.Equal(stored?.ToJsonString(), actual.ToJsonString());
    }

    private static string Key(int length, KvPrecision precision) => $"{length} tokens, {precision}";

    private static JsonObject Run(int length, KvPrecision precision)
    {
        using var model = new TinyModel(2, precision);
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

        return new JsonObject { ["numerics"] = InferenceEngine.Numerics, ["greedy"] = greedy, ["logits_sha256"] = Convert.ToHexStringLower(hash.GetHashAndReset()) };
    }

    private static void Store(string key, JsonObject actual)
    {
        JsonObject all = File.Exists(_path) ? JsonNode.Parse(File.ReadAllText(_path))!.AsObject() : [];
        JsonNode? before = all[key];
        Assert.False(
            (int?)before?["numerics"] == InferenceEngine.Numerics && !JsonNode.DeepEquals(before, actual),
            "other bits are other mathematics: raise InferenceEngine.Numerics first");
        all[key] = actual.DeepClone();
        IEnumerable<string> lines = all.OrderBy(e => int.Parse(e.Key.Split(' ')[0])).Select(e => $"  \"{e.Key}\": {e.Value!.ToJsonString()}");
        File.WriteAllText(_path, $"{{\n{string.Join(",\n", lines)}\n}}\n");
    }
}
