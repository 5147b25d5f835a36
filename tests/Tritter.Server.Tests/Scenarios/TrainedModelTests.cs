using System.Diagnostics;
using System.Text.Json.Nodes;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>The way from a repository to a completion, with the trainer as a process and a model that saw next to nothing.</summary>
public sealed class TrainedModelTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tritter-trained-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task AModelThatTheTrainerMade_AnswersInTheServer()
    {
        string repository = Path.Combine(_folder.FullName, "repository");
        Directory.CreateDirectory(repository);
        foreach (string file in Directory.GetFiles(Path.Combine(Checkout.Root, "server", "Tritter.Core", "Completion"), "*.cs"))
        {
            File.Copy(file, Path.Combine(repository, Path.GetFileName(file)));
        }

        await Run("git", repository, "init", "--quiet");
        await Run("git", repository, "add", ".");
        await Run("git", repository, "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "files");
        string model = Path.Combine(_folder.FullName, "model");
        string trainer = Path.Combine(Checkout.Root, "Tritter.Torch", "bin", "Release", "net10.0", "tritter-train.dll");
        string log = await Run("dotnet", repository, trainer, "demo", "--source", repository, "--out", model, "--steps", "3", "--batch", "2", "--threads", "1");
        Assert.Contains("the exported model goes on", log, StringComparison.Ordinal);

        await using ServerProcess server = ServerProcess.Start(model);
        await server.Client.StartAsync();
        server.Client.Open("class Cart\n{\n    void Add() { }\n}\n");
        JsonObject answer = await server.Client.Answer(server.Client.SendComplete(2, 16));
        Assert.NotNull(answer["result"]);
        // The state would be "error" if the engine refused the model.
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "ready");
    }

    private static async Task<string> Run(string program, string folder, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true })!;
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, error);
        return error;
    }
}
