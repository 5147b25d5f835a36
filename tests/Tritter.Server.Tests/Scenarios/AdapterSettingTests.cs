using System.Runtime.InteropServices;
using System.Text;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>The built server with the embedded model and an adapter of one matrix, which says nothing sensible but changes every answer.</summary>
public sealed class AdapterSettingTests : IDisposable
{
    private readonly string _adapter = Directory.CreateTempSubdirectory("tritter-adapter-").FullName;

    public void Dispose() => Directory.Delete(_adapter, recursive: true);

    [Fact]
    public async Task FilesBelowAFolder_AreCompletedWithItsAdapter_AndAsBeforeWithoutIt()
    {
        WriteAdapter();
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();
        server.Client.Open("class Cart\n{\n    private int _count;\n\n    public int Count => \n}\n");
        string before = await Complete(server.Client);

        Set(server.Client, "/work/shop", _adapter);
        Assert.NotEqual(before, await Complete(server.Client));

        Set(server.Client, "/work/other", _adapter);
        Assert.Equal(before, await Complete(server.Client));

        Set(server.Client, "/work/shop", Path.Combine(_adapter, "missing"));
        Assert.Equal(before, await Complete(server.Client));
        await server.Client.StopAsync();
        Assert.Contains("the adapter cannot be used", (await server.EndAsync()).Log, StringComparison.Ordinal);
    }

    private static async Task<string> Complete(LspTestClient client) => string.Join('|', (await client.CompleteAsync(4, 24)).Select(item => (string)item!["insertText"]!));

    private static void Set(LspTestClient client, string folder, string adapter) =>
        client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { adapters = new Dictionary<string, string> { [folder] = adapter } } } });

    private void WriteAdapter()
    {
        File.WriteAllText(Path.Combine(_adapter, "adapter_config.json"), """{"peft_type":"LORA","r":1,"lora_alpha":1}""");
        float[] numbers = new float[768 + 768];
        var random = new Random(1);
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = 20 * (random.NextSingle() - 0.5f);
        }

        const string name = "base_model.model.model.layers.11.attention.o_proj.";
        string header = $$$"""{"{{{name}}}lora_A.weight":{"dtype":"F32","shape":[1,768],"data_offsets":[0,3072]},"{{{name}}}lora_B.weight":{"dtype":"F32","shape":[768,1],"data_offsets":[3072,6144]}}""";
        header = header.PadRight((header.Length + 7) / 8 * 8);
        File.WriteAllBytes(Path.Combine(_adapter, "adapter_model.safetensors"),
            [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. MemoryMarshal.AsBytes<float>(numbers)]);
    }
}
