using System.Text.Json;

namespace Tritter.Server.Tests.CommandLine;

public sealed class ModelPlanTests
{
    [Theory]
    [InlineData("2m", 1.97e6)]
    [InlineData("100M", 102.3e6)]
    [InlineData("1B", 1.04e9)]
    [InlineData("3B", 3.02e9)]
    [InlineData("7B", 5.94e9)]
    public async Task APresetIsPlannedWithoutWeights(string preset, double parameters)
    {
        JsonElement plan = await JsonAsync("--preset", preset, "--threads", "2");

        Assert.InRange(plan.GetProperty("parameters").GetDouble(), 0.99 * parameters, 1.01 * parameters);
        Assert.Equal([4096, 32768, 131072], plan.GetProperty("contexts").EnumerateArray().Select(c => c.GetProperty("positions").GetInt32()));
        JsonElement first = plan.GetProperty("contexts")[0], last = plan.GetProperty("contexts")[2];
        Assert.Equal(
            ((string[])["weightsBytes", "embeddingBytes", "normsBytes", "kvInt8Bytes", "workingBytes"]).Sum(part => last.GetProperty(part).GetInt64()), last.GetProperty("totalBytes").GetInt64());
        Assert.Equal(first.GetProperty("weightsBytes").GetInt64(), last.GetProperty("weightsBytes").GetInt64());
        Assert.Equal(JsonValueKind.Null, last.GetProperty("fits").ValueKind);
    }

    [Fact]
    public async Task ADeviceSaysWhatFitsAndHowLongATextMayBe()
    {
        JsonElement plan = await JsonAsync("--preset", "7B", "--context", "4K", "--context", "100000", "--device", "3GB", "--threads", "2");

        JsonElement[] contexts = [.. plan.GetProperty("contexts").EnumerateArray()];
        Assert.Equal([4096, 100_000], contexts.Select(c => c.GetProperty("positions").GetInt32()));
        Assert.Equal([true, false], contexts.Select(c => c.GetProperty("fits").GetBoolean()));
        Assert.InRange(plan.GetProperty("longestText").GetInt32(), 4096, 99_999);
    }

    [Fact]
    public async Task ACardSaysWhatItTakesAndHowManyLayersComeFromHostMemory()
    {
        JsonElement plan = await JsonAsync("--preset", "7B", "--context", "4K", "--context", "128K", "--device", "2GB", "--threads", "2");

        JsonElement[] cards = [.. plan.GetProperty("contexts").EnumerateArray().Select(c => c.GetProperty("card"))];
        Assert.All(cards, card => Assert.Equal(
            ((string[])["weightsBytes", "embeddingBytes", "buffersBytes", "kvInt8Bytes"]).Sum(part => card.GetProperty(part).GetInt64()), card.GetProperty("totalBytes").GetInt64()));
        Assert.InRange(cards[0].GetProperty("totalBytes").GetInt64(), 2_000_000_000, 2_400_000_000);
        Assert.InRange(cards[0].GetProperty("streamedLayers").GetInt32(), 1, 20);
        Assert.Equal([true, false], cards.Select(card => card.GetProperty("fits").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, cards[1].GetProperty("streamedLayers").ValueKind);
        // What windows have passed is not held with int4.
        Assert.All(cards, card => Assert.Equal(
            ((string[])["weightsBytes", "embeddingBytes", "buffersBytes", "kvInt4Bytes"]).Sum(part => card.GetProperty(part).GetInt64()), card.GetProperty("totalInt4Bytes").GetInt64()));
        Assert.InRange(cards[1].GetProperty("totalInt4Bytes").GetInt64(), 3_000_000_000, 4_500_000_000);
        Assert.Equal(JsonValueKind.Null, cards[1].GetProperty("streamedLayersInt4").ValueKind);
    }

    [Fact]
    public async Task TheTableIsForPeople()
    {
        TritterRun run = await TritterRun.StartAsync(["model", "plan", "--preset", "7B", "--device", "16GB", "--threads", "2"]);

        Assert.Empty(run.Error);
        Assert.Matches(@"(?m)^context\s+4K\s+32K\s+128K\r?$", run.Out);
        Assert.Matches(@"(?m)^fits in 16 GB\s+yes\s+yes\s+yes\r?$", run.Out);
        Assert.Matches(@"(?s)on an NVIDIA card:.*fits in 16 GB\s+yes\s+yes\s+yes\r?\nlayers streamed\s+0\s+0\s+0\r?\nKV cache, int4 .*streamed, int4\s+0\s+0\s+0\r?$", run.Out.TrimEnd());
        Assert.Contains("the longest text that fits: 131072 tokens", run.Out);
    }

    [Theory]
    [InlineData("--preset 8B", "there is no preset '8B': it is one of 2M, 100M, 1B, 3B, 7B")]
    [InlineData("--preset 7B --context 1M", "--context takes a number of tokens such as 4K or 10000, not '1M'. See 'tritter model plan --help'.")]
    [InlineData("--preset 7B --context 200K", "--context 204800: 7B has at most 131072 positions")]
    [InlineData("--preset 7B --device large", "--device takes a size such as 16GB or 16GiB, not 'large'. See 'tritter model plan --help'.")]
    public async Task WrongUsageIsOneLine(string arguments, string line)
    {
        TritterRun run = await TritterRun.StartAsync(["model", "plan", .. arguments.Split(' ')]);

        run.AssertFailed(2, line);
    }

    private static async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        TritterRun run = await TritterRun.StartAsync(["model", "plan", "--json", .. arguments]);
        Assert.Empty(run.Error);
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Out).RootElement;
    }
}
