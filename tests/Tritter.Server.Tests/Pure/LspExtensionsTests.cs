using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Tritter.Core.Completion;
using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Pure;

/// <summary>docs/lsp-extensions.md says what the code does.</summary>
public sealed class LspExtensionsTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "lsp-extensions.md"));

    [Fact]
    public void StatusNotification_IsDocumentedInFull()
    {
        Assert.Contains($"## `{StatusParams.Method}`", _page, StringComparison.Ordinal);
        foreach (ModelPhase phase in Enum.GetValues<ModelPhase>())
        {
            StatusParams status = Conversions.ToLsp(new ModelState(phase, phase == ModelPhase.Failed ? new IOException("why") : null, phase == ModelPhase.Starting ? 0 : null), "name");
            Assert.Contains($"| `{status.State}` |", _page, StringComparison.Ordinal);
            foreach (JsonProperty property in JsonSerializer.SerializeToElement(status, LspJsonContext.Default.StatusParams).EnumerateObject())
            {
                Assert.Matches($@"\b{property.Name}\??: ", _page);
            }
        }
    }

    /// <summary>Everything of ours has its heading, and every heading is there.</summary>
    [Fact]
    public void EveryMethodOfOurs_HasItsSection_AndTheOtherWayRound()
    {
        string[] methods =
        [
            .. typeof(StatusParams).Assembly.GetTypes().Where(t => t.Namespace == typeof(StatusParams).Namespace)
                .Select(t => (string?)t.GetField("Method", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue()).OfType<string>(),
        ];

        Assert.Contains(StatsResult.Method, methods);
        Assert.Equal([.. methods.Append(Command.Accepted).Order()], Headings().Select(m => m.Groups[1].Value).Order());
    }

    /// <summary>What the page says of parameters and results is what is sent, name by name.</summary>
    [Theory]
    [InlineData(StatsResult.Method, typeof(StatsResult))]
    [InlineData(LastPromptParams.Method, typeof(LastPromptParams))]
    [InlineData(LastPromptParams.Method, typeof(LastPromptResult))]
    [InlineData(DidShowCompletionParams.Method, typeof(DidShowCompletionParams))]
    [InlineData(DidPartiallyAcceptCompletionParams.Method, typeof(DidPartiallyAcceptCompletionParams))]
    public void EveryProperty_IsNamedInItsSection(string method, Type type)
    {
        string[] undocumented = [.. Names(LspJsonContext.Default.GetTypeInfo(type)!).Where(name => !Regex.IsMatch(Section(method), $@"\b{name}\??: "))];

        Assert.Empty(undocumented);
    }

    [Fact]
    public void EveryReasonForNothing_IsDocumented()
    {
        string[] reasons = [.. typeof(EmptyReason).GetFields().Select(f => (string)f.GetRawConstantValue()!)];

        Assert.NotEmpty(reasons);
        Assert.All(reasons, reason => Assert.Contains($"| `{reason}` |", Section(StatsResult.Method), StringComparison.Ordinal));
    }

    private static MatchCollection Headings() => Regex.Matches(_page, "^## `(tritter[^`]*)`$", RegexOptions.Multiline);

    private static string Section(string method) => _page.Split($"## `{method}`\n")[1].Split("\n## ")[0];

    private static IEnumerable<string> Names(JsonTypeInfo type) => type.Properties.SelectMany(property =>
    {
        Type inner = property.PropertyType.GetElementType() ?? property.PropertyType;
        return inner.Namespace == typeof(StatsResult).Namespace ? Names(LspJsonContext.Default.GetTypeInfo(inner)!).Prepend(property.Name) : [property.Name];
    });

    [Fact]
    public void Settings_AreDocumentedWithTheirDefaults()
    {
        Assert.Contains($"| `tritter.completion.enabled` | `{JsonSerializer.Serialize(Settings.Default.CompletionEnabled)}` |", _page, StringComparison.Ordinal);
        Assert.Contains($"| `tritter.completion.maxTokens` | `{Settings.Default.MaxTokens}` |", _page, StringComparison.Ordinal);
        Assert.Contains($"| `tritter.completion.automatic` | `{JsonSerializer.Serialize(Settings.Default.IsAutomatic)}` |", _page, StringComparison.Ordinal);
        Assert.Contains($"| `tritter.completion.inComments` | `{JsonSerializer.Serialize(Settings.Default.InComments)}` |", _page, StringComparison.Ordinal);
        Assert.Contains($"| `tritter.hover.enabled` | `{JsonSerializer.Serialize(Settings.Default.Hover)}` |", _page, StringComparison.Ordinal);
        Assert.Contains($"0 to {Settings.LongestDelayMs};", _page, StringComparison.Ordinal);
        Assert.Contains($"answered within {LatencyBudget.Hard.TotalMilliseconds} ms or not at all: after {LatencyBudget.Soft.TotalMilliseconds} ms", _page, StringComparison.Ordinal);
        Assert.Contains($"1 to {Settings.MostTokens} |", _page, StringComparison.Ordinal);
    }
}
