using System.Text.Json.Serialization;
using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Core.Replay;

/// <summary>One completion with all that decides on it: whoever completes <paramref name="Request"/> again must get the rest, bit for bit, unless a <see cref="Device"/> computed it.</summary>
/// <param name="Replay">The form of this record, <see cref="Format"/>.</param>
/// <param name="Version">Of the program that recorded it.</param>
/// <param name="Numerics">As <see cref="Inference.InferenceEngine.Numerics"/>.</param>
/// <param name="Prompt">Ids that the model read.</param>
/// <param name="Options">Null where nothing was generated because the prompt did not fit.</param>
/// <param name="Text">What was shown.</param>
/// <param name="Reason">Why nothing was, or null.</param>
public sealed record CompletionRecord(
    int Replay,
    string Version,
    int Numerics,
    ModelIdentity Model,
    RecordedRequest Request,
    IReadOnlyList<int> Prompt,
    RecordedOptions? Options,
    IReadOnlyList<RecordedStep> Steps,
    string Text,
    string? Reason)
{
    /// <summary>The graphics card that computed it, whose last bits no processor repeats; null for a processor.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Device { get; init; }

    /// <summary>Raised when records of older forms can no longer be read.</summary>
    public const int Format = 1;
}

/// <summary>A <see cref="CompletionRequest"/>, without what cannot matter to the answer.</summary>
/// <param name="Path">As shown to the model.</param>
/// <param name="MaxTokens">Where the time ended the completion, the tokens until then: that many most give the same.</param>
/// <param name="Offset">Cursor as a UTF-16 offset into <paramref name="Text"/>.</param>
/// <param name="Text">The whole document.</param>
/// <param name="Context">What was shown of other files; null for nothing.</param>
/// <param name="Invoked">As <see cref="CompletionRequest.Invoked"/>; null for false.</param>
/// <param name="WholeOnly">As <see cref="CompletionRequest.WholeOnly"/>; null for false.</param>
/// <param name="Names">What the <see cref="NameOracle"/> said, by the length of the text it was asked about; null when there was none.</param>
public sealed record RecordedRequest(
    string Path,
    string LanguageId,
    string? Repository,
    int MaxTokens,
    int Offset,
    string Text,
    IReadOnlyList<ContextPiece>? Context = null,
    IReadOnlyDictionary<int, string[]?>? Names = null,
    bool? WholeOnly = null,
    bool? Invoked = null)
{
    /// <param name="names">What the request's oracle was asked, and said.</param>
    public static RecordedRequest Of(CompletionRequest request, IReadOnlyDictionary<int, string[]?> names) => new(
        request.Document.Path,
        request.Document.LanguageId,
        request.RepositoryName,
        request.MaxTokens,
        request.Offset,
        request.Document.Text,
        request.Context.Count > 0 ? request.Context : null,
        request.Names is null ? null : names,
        request.WholeOnly ? true : null,
        request.Invoked ? true : null);

    public CompletionRequest ToRequest() => new(new Document(Path, LanguageId, Version: 0, Text), Offset, Repository, MaxTokens)
    {
        Context = Context ?? [],
        WholeOnly = WholeOnly == true,
        Invoked = Invoked == true,
        Names = Names is { } names ? text => names.GetValueOrDefault(text.Length) : null,
    };
}

/// <summary>The <see cref="GenerationOptions"/> and the logits rule of a completion.</summary>
/// <param name="StopTokens">Ascending.</param>
/// <param name="SuppressedTokens">In the order in which they are ruled out.</param>
/// <param name="Typed">Bytes before the cursor that the answer had to begin with (token healing).</param>
/// <param name="KvPrecision">Name of the engine's <see cref="KvPrecision"/>.</param>
public sealed record RecordedOptions(
    int MaxTokens,
    IReadOnlyList<int> StopTokens,
    IReadOnlyList<int> SuppressedTokens,
    byte[] Typed,
    string KvPrecision,
    float Temperature,
    int TopK,
    float TopP,
    float MinP,
    ulong Seed)
{
    public static RecordedOptions Of(GenerationOptions options, byte[] typed, KvPrecision precision) => new(
        options.MaxTokens,
        [.. options.StopTokens.Order()],
        options.SuppressedTokens,
        typed,
        precision.ToString(),
        options.Sampling.Temperature,
        options.Sampling.TopK,
        options.Sampling.TopP,
        options.Sampling.MinP,
        options.Sampling.Seed);
}

/// <summary>One token being chosen.</summary>
/// <param name="Logits">First 64 bits of the SHA-256 of the logits' bits, in hexadecimal.</param>
/// <param name="Token">Null where the model ended the text instead.</param>
public sealed record RecordedStep(string Logits, int? Token);
