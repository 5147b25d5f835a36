using System.Text.Json;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Parity;

/// <summary>The tiny random model against the PyTorch reference: every logit and every layer.</summary>
public sealed class TinyModelTests
{
    private static readonly string _folder = Repository.Fixture("tritter-tiny");

    public static TheoryData<string> Cases => ["a", "b", "c"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_and_hidden_states_match_the_reference(string name)
    {
        int[] ids = Repository.Json(Path.Combine(_folder, "cases.json")).GetProperty(name).GetProperty("ids").Ints();
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(_folder, "outputs.safetensors"));
        using TritterModel model = TritterModel.Load(_folder);
        using var team = new ThreadTeam(2);
        using Session session = Sessions.Alone(model, team, 64, KvPrecision.Float32);
        var hidden = new List<float>();
        session.Forward.LayerProbe = (_, rows) => hidden.AddRange(rows.Span);

        session.Append(ids, LogitsOf.All);

        // One int8 step that rounds the other way is a large step in a random model of width 64, but only after the first layer.
        float[] expectedHidden = expected.AllFloats(name + ".hidden");
        int layerLength = ids.Length * model.Config.HiddenSize;
        Assert.InRange(Comparison.RelativeL2(hidden[..layerLength].ToArray(), expectedHidden.AsSpan(0, layerLength)), 0, 1e-5);
        Assert.InRange(Comparison.RelativeL2(hidden.ToArray(), expectedHidden), 0, 1e-2);
        Assert.InRange(Comparison.RelativeL2(session.Logits, expected.AllFloats(name + ".logits")), 0, 1e-2);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Greedy_continuation_matches_the_reference(string name)
    {
        JsonElement test = Repository.Json(Path.Combine(_folder, "cases.json")).GetProperty(name);
        int[] expected = test.GetProperty("greedy").Ints();
        using TritterModel model = TritterModel.Load(_folder);
        using var team = new ThreadTeam(1);
        using Session session = Sessions.Alone(model, team, 64, KvPrecision.Float32);
        var options = new GenerationOptions { MaxTokens = expected.Length, StopTokens = new HashSet<int>() };
        var actual = new List<int>();

        Generator.Generate(session, test.GetProperty("ids").Ints(), options, token =>
        {
            actual.Add(token);
            return true;
        }, TestContext.Current.CancellationToken);

        Assert.Equal(expected, actual);
    }
}
