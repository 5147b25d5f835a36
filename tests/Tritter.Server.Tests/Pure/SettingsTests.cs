using System.Text.Json;
using Tritter.Core.Context;
using Tritter.Core.CSharp;
using Tritter.Inference;
using Tritter.Server.State;

namespace Tritter.Server.Tests.Pure;

/// <summary>The value of the section <c>tritter</c>, as clients send it.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("null", true, 64, 0)]
    [InlineData("{}", true, 64, 0)]
    [InlineData("[1]", true, 64, 0)]
    [InlineData("""{"completion":null}""", true, 64, 0)]
    [InlineData("""{"completion":{"enabled":false}}""", false, 64, 0)]
    [InlineData("""{"completion":{"maxTokens":1}}""", true, 1, 0)]
    [InlineData("""{"completion":{"maxTokens":256,"enabled":true}}""", true, 256, 0)]
    [InlineData("""{"completion":{"maxTokens":null,"enabled":null}}""", true, 64, 0)]
    [InlineData("""{"completion":{"maxTokens":0}}""", true, 64, 1)]
    [InlineData("""{"completion":{"maxTokens":257}}""", true, 64, 1)]
    [InlineData("""{"completion":{"maxTokens":1.5}}""", true, 64, 1)]
    [InlineData("""{"completion":{"maxTokens":"8","enabled":"no"}}""", true, 64, 2)]
    [InlineData("""{"completion":{"maxTokens":99999999999999,"enabled":false}}""", false, 64, 1)]
    public void Parse(string json, bool enabled, int maxTokens, int problems)
    {
        using JsonDocument section = JsonDocument.Parse(json);

        (Settings settings, var found) = Settings.Parse(section.RootElement);

        Assert.Equal(new Settings(enabled, maxTokens, new AssistanceParts()), settings);
        Assert.Equal(problems, found.Length);
    }

    [Theory]
    [InlineData("""{"completion":{"automatic":false,"inComments":true}}""", false, true, null, "", 0)]
    [InlineData("""{"completion":{"delayMs":0}}""", true, false, 0, "", 0)]
    [InlineData("""{"completion":{"delayMs":120}}""", true, false, 120, "", 0)]
    [InlineData("""{"completion":{"delayMs":null}}""", true, false, null, "", 0)]
    [InlineData("""{"completion":{"delayMs":-1}}""", true, false, null, "", 1)]
    [InlineData("""{"completion":{"delayMs":5001}}""", true, false, null, "", 1)]
    [InlineData("""{"completion":{"languages":{"markdown":false,"csharp":true,"plaintext":false}}}""", true, false, null, "markdown plaintext", 0)]
    [InlineData("""{"completion":{"languages":{"markdown":"no"},"automatic":1}}""", true, false, null, "", 2)]
    [InlineData("""{"completion":{"languages":["markdown"]}}""", true, false, null, "", 1)]
    public void ParseTyping(string json, bool automatic, bool inComments, int? delay, string off, int problems)
    {
        using JsonDocument section = JsonDocument.Parse(json);

        (Settings settings, var found) = Settings.Parse(section.RootElement);

        Assert.Equal((automatic, inComments, delay, off), (settings.IsAutomatic, settings.InComments, (int?)settings.Delay?.TotalMilliseconds, string.Join(' ', settings.LanguagesOff)));
        Assert.Equal(problems, found.Length);
    }

    [Theory]
    [InlineData("{}", null, 0)]
    [InlineData("""{"device":null}""", null, 0)]
    [InlineData("""{"device":"auto"}""", ComputeDevice.Auto, 0)]
    [InlineData("""{"device":"cuda","completion":{}}""", ComputeDevice.Cuda, 0)]
    [InlineData("""{"device":"gpu"}""", null, 1)]
    [InlineData("""{"device":1}""", null, 1)]
    public void ParseDevice(string json, ComputeDevice? device, int problems)
    {
        using JsonDocument section = JsonDocument.Parse(json);

        (Settings settings, var found) = Settings.Parse(section.RootElement);

        Assert.Equal(device, settings.Device);
        Assert.Equal(problems, found.Length);
    }

    [Theory]
    [InlineData("""{"completion":{"gate":false}}""", true, false, true, 0)]
    [InlineData("""{"completion":{"context":false,"mask":false}}""", false, true, false, 0)]
    [InlineData("""{"completion":{"gate":"off"}}""", true, true, true, 1)]
    [InlineData("""{"completion":{"context":"some"}}""", true, true, true, 1)]
    public void ParseAssistance(string json, bool context, bool gate, bool mask, int problems)
    {
        using JsonDocument section = JsonDocument.Parse(json);

        (Settings settings, var found) = Settings.Parse(section.RootElement);

        Assert.Equal(new AssistanceParts(context, gate, mask), settings.Assistance);
        Assert.Equal(problems, found.Length);
    }

    [Fact]
    public void AllSourcesOfContextCanBeAskedFor()
    {
        using JsonDocument section = JsonDocument.Parse("""{"completion":{"context":"all"}}""");

        (Settings settings, var problems) = Settings.Parse(section.RootElement);

        Assert.Equal(new AssistanceParts { Sources = RetrievalSources.All }, settings.Assistance);
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("""{"adapters":{"/home/me/shop":"/adapters/shop","/home/me/shop/api/":"/adapters/api"}}""", "/home/me/shop/src/Cart.cs", "/adapters/shop", 0)]
    [InlineData("""{"adapters":{"/home/me/shop":"/adapters/shop","/home/me/shop/api/":"/adapters/api"}}""", "/home/me/shop/api/Cart.cs", "/adapters/api", 0)]
    [InlineData("""{"adapters":{"/home/me/shop":"/adapters/shop"}}""", "/home/me/shopping/Cart.cs", null, 0)]
    [InlineData("""{"adapters":{"shop":"/adapters/shop"}}""", "/home/me/shop/Cart.cs", null, 1)]
    [InlineData("""{"adapters":{"/home/me/shop":3},"completion":{"maxTokens":8}}""", "/home/me/shop/Cart.cs", null, 1)]
    [InlineData("""{"adapters":true}""", "/home/me/shop/Cart.cs", null, 1)]
    public void AnAdapterIsThatOfTheInnermostFolder(string json, string file, string? adapter, int problems)
    {
        using JsonDocument section = JsonDocument.Parse(json);

        (Settings settings, var found) = Settings.Parse(section.RootElement);

        Assert.Equal(adapter, settings.AdapterOf(file));
        Assert.Equal(problems, found.Length);
    }
}
