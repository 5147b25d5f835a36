using System.Text.Json.Nodes;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>All the ways in which the server's process ends, and those in which it must not.</summary>
public sealed class ExitTests
{
    [Fact]
    public async Task ExitAfterShutdown_EndsWithCode0()
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();

        await server.Client.StopAsync();

        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task ExitRightBehindOtherRequests_LeavesNoneUnanswered()
    {
        for (int round = 0; round < 20; round++)
        {
            await using InProcessServer server = InProcessServer.Start(new PlayedModel().Complete);
            await server.Client.StartAsync();
            server.Client.Open("a");
            int completion = server.Client.SendComplete(0, 0);
            int shutdown = server.Client.Send("shutdown", null);
            server.Client.Notify("exit", null);

            Assert.Equal(-32800, await server.Client.Answer(completion).ErrorCodeAsync());
            Assert.True((await server.Client.Answer(shutdown)).ContainsKey("result"));
            Assert.Equal(0, await server.EndAsync());
        }
    }

    [Fact]
    public async Task ExitWithoutShutdown_EndsWithCode1()
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();

        server.Client.Notify("exit", null);

        Assert.Equal(1, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task ExitBeforeInitialize_EndsWithCode1()
    {
        await using ServerProcess server = ServerProcess.Start();

        server.Client.Notify("exit", null);

        Assert.Equal(1, (await server.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task ClosedInput_EndsTheServer(bool afterShutdown, int code)
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();
        if (afterShutdown)
        {
            await server.Client.AskAsync("shutdown", null);
        }

        server.Client.CloseInput();

        Assert.Equal(code, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task ClosedInputDuringACompletion_EndsTheServer()
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();
        server.Client.Open("class Cart\n{\n    public decimal Total()\n    {\n        \n    }\n}\n");
        server.Client.SendComplete(4, 8);
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "busy");

        server.Client.CloseInput();

        Assert.Equal(1, (await server.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("hello\n")]
    [InlineData("hello: world\r\n\r\n")]
    [InlineData("Content-Length: many\r\n\r\n{}")]
    [InlineData("Content-Length: -5\r\n\r\n{}")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n{}")]
    [InlineData("Content-Length: 2\n\n{}")]
    public async Task BrokenHeader_EndsTheServerWithCode1AndALogLine(string garbage)
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();

        server.Client.SendRaw(garbage);

        (int exitCode, string log) = await server.EndAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("ends:", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n{}")]
    [InlineData("Content-Len")]
    [InlineData("no header and no end of line")]
    public async Task InputThatStopsInsideAMessage_EndsTheServerWithCode1(string garbage)
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();

        server.Client.SendRaw(garbage);
        server.Client.CloseInput();

        Assert.Equal(1, (await server.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("{nonsense", -32700)]
    [InlineData("\0\0", -32700)]
    [InlineData("[]", -32600)]
    [InlineData("17", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":9}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":9,"method":5}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":9,"method":"shutdown","params":5}""", -32600)]
    public async Task WellFramedNonsense_IsRefusedAndTheServerGoesOn(string content, int code)
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();

        server.Client.SendContent(content);

        Assert.Equal(code, await server.Client.AnswerAsync(null).ErrorCodeAsync());
        server.Client.Open("a");
        Assert.Single(await server.Client.CompleteAsync(0, 1));
    }

    [Fact]
    public async Task ParentThatDies_EndsTheServer()
    {
        await using ServerProcess parent = ServerProcess.Start();
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync(processId: parent.Id);

        await parent.KillAsync();

        (int exitCode, string log) = await server.EndAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains($"process {parent.Id}", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ParentThatIsDeadAlready_EndsTheServer()
    {
        await using ServerProcess parent = ServerProcess.Start();
        await using ServerProcess server = ServerProcess.Start();
        await parent.KillAsync();

        server.Client.Send("initialize", new JsonObject { ["processId"] = parent.Id, ["capabilities"] = new JsonObject() });

        Assert.Equal(1, (await server.EndAsync()).ExitCode);
    }
}
