using System.Collections.Immutable;
using System.Text.Json;
using Tritter.Core.Completion;
using Tritter.Core.Context;
using Tritter.Core.CSharp;
using Tritter.Inference;
using Tritter.Server.Models;

namespace Tritter.Server.State;

/// <summary>The user's settings under <c>tritter</c>.</summary>
/// <param name="CompletionEnabled"><c>tritter.completion.enabled</c>: whether to complete at all.</param>
/// <param name="MaxTokens"><c>tritter.completion.maxTokens</c>: most tokens of one completion, 1 to <see cref="MostTokens"/>.</param>
/// <param name="Assistance"><c>tritter.completion.context</c>, <c>.gate</c> and <c>.mask</c>: what the compiler's knowledge is used for.</param>
internal sealed record Settings(bool CompletionEnabled, int MaxTokens, AssistanceParts Assistance)
{
    /// <summary><c>tritter.index.enabled</c>: whether to keep an index of the workspace's folders.</summary>
    public bool IndexEnabled { get; init; } = true;

    /// <summary><c>tritter.hover.enabled</c>: whether to answer when the mouse rests on a C# name.</summary>
    public bool Hover { get; init; }

    /// <summary><c>tritter.device</c>: where to compute; null where they do not say.</summary>
    public ComputeDevice? Device { get; init; }

    /// <summary><c>tritter.completion.automatic</c>: whether to complete without being asked.</summary>
    public bool IsAutomatic { get; init; } = true;

    /// <summary><c>tritter.completion.inComments</c>: whether to do so in comments.</summary>
    public bool InComments { get; init; }

    /// <summary><c>tritter.completion.delayMs</c>: how long to wait for the next key; null to decide by the typist's pace.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary><c>tritter.completion.languages</c>: language ids that are not completed.</summary>
    public ImmutableSortedSet<string> LanguagesOff { get; init; } = [];

    public const int LongestDelayMs = 5000;

    public const string Section = "tritter";

    public const int MostTokens = Completer.MaxNewTokens;

    /// <summary><c>tritter.adapters</c>: the adapter of the files below a folder, both as absolute paths. The user's own setting: a repository must not choose what is loaded.</summary>
    public ImmutableDictionary<string, string> Adapters { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The adapter of the innermost folder that holds <paramref name="path"/>; null for none.</summary>
    public string? AdapterOf(string path) =>
        Folder.Holding(path, [.. Adapters.Keys.Select(folder => new Folder(folder, ""))]) is { } holding ? Adapters[holding.Path] : null;

    public static Settings Default { get; } = new(true, CompletionRequest.DefaultMaxTokens, new AssistanceParts());

    /// <summary>Reads the section's value. What is missing takes its default, and so does what is wrong, with a line about it in <c>Problems</c>.</summary>
    public static (Settings Settings, ImmutableArray<string> Problems) Parse(JsonElement section)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        (ComputeDevice? device, string? wrongDevice) = DeviceNames.Of(section);
        Settings settings = Default with { Adapters = ReadAdapters(section, problems), Device = device };
        if (wrongDevice is not null)
        {
            problems.Add(wrongDevice);
        }

        if (Member(section, "index") is { } index)
        {
            settings = settings with { IndexEnabled = Switch(index, "index", "enabled", settings.IndexEnabled) };
        }

        if (Member(section, "hover") is { } hover)
        {
            settings = settings with { Hover = Switch(hover, "hover", "enabled", settings.Hover) };
        }

        if (Member(section, "completion") is not { } completion)
        {
            return (settings, problems.ToImmutable());
        }

        settings = settings with
        {
            CompletionEnabled = Switch(completion, "completion", "enabled", settings.CompletionEnabled),
            IsAutomatic = Switch(completion, "completion", "automatic", settings.IsAutomatic),
            InComments = Switch(completion, "completion", "inComments", settings.InComments),
            Assistance = Context(new AssistanceParts(
                settings.Assistance.Retrieval, Switch(completion, "completion", "gate", settings.Assistance.Gate), Switch(completion, "completion", "mask", settings.Assistance.Mask))),
        };

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

        if (Member(completion, "delayMs") is { } delay)
        {
            if (delay.ValueKind == JsonValueKind.Number && delay.TryGetInt32(out int ms) && ms is >= 0 and <= LongestDelayMs)
            {
                settings = settings with { Delay = TimeSpan.FromMilliseconds(ms) };
            }
            else
            {
                problems.Add($"tritter.completion.delayMs is a whole number from 0 to {LongestDelayMs}, or null, not {delay.GetRawText()}");
            }
        }

        if (Member(completion, "languages") is { } languages)
        {
            if (languages.ValueKind == JsonValueKind.Object && languages.EnumerateObject().All(l => l.Value.ValueKind is JsonValueKind.True or JsonValueKind.False))
            {
                settings = settings with { LanguagesOff = [.. languages.EnumerateObject().Where(l => l.Value.ValueKind == JsonValueKind.False).Select(l => l.Name)] };
            }
            else
            {
                problems.Add($"tritter.completion.languages holds true or false by language, such as {{ \"markdown\": false }}, not {languages.GetRawText()}");
            }
        }

        return (settings, problems.ToImmutable());

        AssistanceParts Context(AssistanceParts parts)
        {
            if (Member(completion, "context") is not { } value)
            {
                return parts;
            }

            if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                return parts with { Retrieval = value.GetBoolean() };
            }

            if (value.ValueKind == JsonValueKind.String && value.ValueEquals("all"))
            {
                return parts with { Sources = RetrievalSources.All };
            }

            problems.Add($"tritter.completion.context is true, false or \"all\", not {value.GetRawText()}");
            return parts;
        }

        bool Switch(JsonElement group, string groupName, string name, bool otherwise)
        {
            if (Member(group, name) is not { } value)
            {
                return otherwise;
            }

            if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                return value.GetBoolean();
            }

            problems.Add($"tritter.{groupName}.{name} is true or false, not {value.GetRawText()}");
            return otherwise;
        }
    }

    private static ImmutableDictionary<string, string> ReadAdapters(JsonElement section, ImmutableArray<string>.Builder problems)
    {
        ImmutableDictionary<string, string> adapters = ImmutableDictionary<string, string>.Empty;
        if (Member(section, "adapters") is not { } given)
        {
            return adapters;
        }

        if (given.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"tritter.adapters is an object of folders and their adapters, not {given.GetRawText()}");
            return adapters;
        }

        foreach (JsonProperty entry in given.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.String && Path.IsPathFullyQualified(entry.Name) && Path.IsPathFullyQualified(entry.Value.GetString()!))
            {
                adapters = adapters.SetItem(entry.Name.Replace('\\', '/').TrimEnd('/'), entry.Value.GetString()!);
            }
            else
            {
                problems.Add($"tritter.adapters gives an absolute folder the absolute path of its adapter; this is none: \"{entry.Name}\": {entry.Value.GetRawText()}");
            }
        }

        return adapters;
    }

    private static JsonElement? Member(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;
}
