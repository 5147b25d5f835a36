using System.Text.Json.Nodes;
using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Inference;
using Tritter.Server.Replays;
using Tritter.Server.Tests.Client;
using Tritter.Server.Tests.CommandLine;

namespace Tritter.Server.Tests.Scenarios;

/// <summary><c>tritter lsp --record</c>: what an editor's completions leave behind.</summary>
public sealed class RecordingTests : IDisposable
{
    private const string Text = "def add(left, right):\n    return le";

    private readonly SourceFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "r.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EveryCompletionOfAnEditor_CanBeReplayed()
    {
        await using ServerProcess server = ServerProcess.Start(null, "--record", File);
        await server.Client.StartAsync();
        server.Client.Open(Text, languageId: "python");
        JsonNode first = Assert.Single(await server.Client.CompleteAsync(1, 13))!;
        server.Client.Type(2, 1, 13, "n(left)");
        await server.Client.CompleteAsync(1, 20);
        await server.Client.StopAsync();
        await server.EndAsync();

        ReplayLine[] lines = [.. ReplayReader.Read(File)];
        // What was computed ahead may stand between them.
        Assert.Equal([Text, Text + "n(left)"], lines.Select(line => line.Record?.Request.Text).Where(text => text is Text or Text + "n(left)"));
        Assert.Equal(("src/Cart.cs", "shop"), (lines[0].Record!.Request.Path, lines[0].Record!.Request.Repository));
        Assert.Equal((string?)first["insertText"], lines[0].Record!.Text);
        TritterRun replay = await TritterRun.StartAsync(["replay", File, "--threads", "1"]);
        Assert.Equal((0, lines.Length), (replay.ExitCode, replay.Out.Split(" src/Cart.cs: same, ").Length - 1));
    }

    [Fact]
    public void ACancelledCompletion_IsNotRecorded_AndTheNextOneIs()
    {
        using InferenceEngine engine = InferenceEngine.Load(Checkout.EmbeddedModel);
        using var completer = new Completer(engine);
        var recording = new RecordingCompleter(completer, Checkout.EmbeddedModel, new ReplayWriter(File), Assert.Fail);

        Assert.ThrowsAny<OperationCanceledException>(() => recording.Complete(Request("one"), new CancellationToken(canceled: true)));
        recording.Complete(Request("two"), TestContext.Current.CancellationToken);

        Assert.Equal(["two"], ReplayReader.Read(File).Select(line => line.Record?.Request.Text));
    }

    [Fact]
    public void ACompletionThatCannotBeRecorded_IsAnsweredWithAWarning()
    {
        Assert.SkipUnless(System.IO.File.Exists("/dev/full"), "there is no full disk to write to");
        using InferenceEngine engine = InferenceEngine.Load(Checkout.EmbeddedModel);
        using var completer = new Completer(engine);
        var writer = new ReplayWriter("/dev/full");
        var problems = new List<string>();
        var recording = new RecordingCompleter(completer, Checkout.EmbeddedModel, writer, problems.Add);

        CompletionResult result = recording.Complete(Request(Text), TestContext.Current.CancellationToken);

        Assert.NotEmpty(result.Text);
        Assert.StartsWith("the completion could not be recorded: ", Assert.Single(problems));
    }

    private static CompletionRequest Request(string text) => new(new Document("a.py", "python", 1, text), text.Length, MaxTokens: 2);
}
