using System.Text.Json.Nodes;
using Tritter.Core.Replay;
using Tritter.Server.Replays;

namespace Tritter.Server.Tests.Replays;

public sealed class ReplayReaderTests
{
    [Theory]
    [InlineData("class A\r\n{\n\t// 漢字 😀 \u2028 \"quoted\" \\ \u0000\n}")]
    [InlineData("")]
    [InlineData("a half \uD83D of an emoji")]
    [InlineData("\uDE00")]
    public void ARecordComesBackAsItWas(string text)
    {
        CompletionRecord record = Records.Of(text);
        string line = Records.Line(record);

        CompletionRecord? read = Records.Parse(line).Record;

        Assert.DoesNotContain('\n', line);
        Assert.Equal(line, Records.Line(read!));
        Assert.Equal(text, read!.Request.Text);
        Assert.Null(RecordDifference.Find(record, read));
    }

    [Fact]
    public void ALineThatEndsAnywhereTooEarlyIsCutOff()
    {
        string line = Records.Line(Records.Of("text"));

        Assert.All(Enumerable.Range(1, line.Length - 1), length => Assert.True(Records.Parse(line[..length]).IsCutOff, line[..length]));
    }

    [Theory]
    [InlineData("using System;", "expected a line that begins with {\"replay\":")]
    [InlineData("{\"file\": 1}", "expected a line that begins with {\"replay\":")]
    [InlineData("{\"replay\":1,}", "The JSON object contains a trailing comma")]
    [InlineData("{\"replay\":1}", "was missing required properties including: 'version'")]
    [InlineData("{\"replay\":\"one\"}", "Path: $.replay")]
    public void SomethingElseIsSaidToBeSo(string line, string problem)
    {
        ReplayLine read = Records.Parse(line);

        Assert.Contains(problem, read.Problem);
        Assert.Equal((null, false), (read.Record, read.IsCutOff));
    }

    [Theory]
    [InlineData("replay", "2", "it has form 2, and this tritter reads form 1")]
    [InlineData("prompt", "null", "'Prompt'")]
    [InlineData("prompt", "[\"six\"]", "Path: $.prompt[0]")]
    [InlineData("request", "{}", "missing required properties")]
    [InlineData("request.text", "null", "'Text'")]
    [InlineData("request.text", "[\"*\"]", "Path: $.request.text")]
    [InlineData("request.offset", "5", "request.offset: expected 0 to 4, found 5")]
    [InlineData("request.offset", "-1", "request.offset: expected 0 to 4, found -1")]
    [InlineData("options.typed", "\"*\"", "Path: $.options.typed")]
    public void AWrongValueIsNamed(string path, string value, string problem)
    {
        JsonNode root = JsonNode.Parse(Records.Line(Records.Of("text")))!;
        string[] keys = path.Split('.');
        JsonNode parent = keys.Length == 1 ? root : root[keys[0]]!;
        parent[keys[^1]] = JsonNode.Parse(value);

        ReplayLine read = Records.Parse(root.ToJsonString());

        Assert.Contains(problem, read.Problem);
        Assert.Null(read.Record);
    }
}
