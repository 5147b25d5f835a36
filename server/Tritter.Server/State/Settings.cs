using System.Collections.Immutable;
using System.Text.Json;
using Tritter.Core.Completion;

namespace Tritter.Server.State;

/// <summary>The user's settings under <c>tritter</c>.</summary>
/// <param name="CompletionEnabled"><c>tritter.completion.enabled</c>: whether to complete at all.</param>
/// <param name="MaxTokens"><c>tritter.completion.maxTokens</c>: most tokens of one completion, 1 to <see cref="MostTokens"/>.</param>
internal sealed record Settings(bool CompletionEnabled, int MaxTokens)
{
    public const string Section = "tritter";

    public const int MostTokens = Completer.MaxNewTokens;

    public static Settings Default { get; } = new(true, CompletionRequest.DefaultMaxTokens);

    /// <summary>Reads the section's value. What is missing takes its default, and so does what is wrong, with a line about it in <c>Problems</c>.</summary>
    public static (Settings Settings, ImmutableArray<string> Problems) Parse(JsonElement section)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        Settings settings = Default;
        if (Member(section, "completion") is not { } completion)
        {
            return (settings, []);
        }

        if (Member(completion, "enabled") is { } enabled)
        {
            if (enabled.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                settings = settings with { CompletionEnabled = enabled.GetBoolean() };
            }
            else
            {
                problems.Add($"tritter.completion.enabled is true or false, not {enabled.GetRawText()}");
            }
        }

        if (Member(completion, "maxTokens") is { } maxTokens)
        {
            if (maxTokens.ValueKind == JsonValueKind.Number && maxTokens.TryGetInt32(out int count) && count is >= 1 and <= MostTokens)
            {
                settings = settings with { MaxTokens = count };
            }
            else
            {
                problems.Add($"tritter.completion.maxTokens is a whole number from 1 to {MostTokens}, not {maxTokens.GetRawText()}");
            }
        }

        return (settings, problems.ToImmutable());
    }

    private static JsonElement? Member(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;
}
