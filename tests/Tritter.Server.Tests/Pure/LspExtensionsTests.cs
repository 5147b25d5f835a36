using System.Text.Json;
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
            StatusParams status = Conversions.ToLsp(new ModelState(phase, phase == ModelPhase.Failed ? new IOException("why") : null));
            Assert.Contains($"| `{status.State}` |", _page, StringComparison.Ordinal);
            foreach (JsonProperty property in JsonSerializer.SerializeToElement(status, LspJsonContext.Default.StatusParams).EnumerateObject())
            {
                Assert.Matches($@"\b{property.Name}\??: ", _page);
            }
        }
    }

    [Fact]
    public void Settings_AreDocumentedWithTheirDefaults()
    {
        Assert.Contains($"| `tritter.completion.enabled` | `{JsonSerializer.Serialize(Settings.Default.CompletionEnabled)}` |", _page, StringComparison.Ordinal);
        Assert.Contains($"| `tritter.completion.maxTokens` | `{Settings.Default.MaxTokens}` |", _page, StringComparison.Ordinal);
        Assert.Contains($"1 to {Settings.MostTokens} |", _page, StringComparison.Ordinal);
    }
}
