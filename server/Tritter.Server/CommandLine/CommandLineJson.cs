using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tritter.Inference.Benchmark;

namespace Tritter.Server.CommandLine;

/// <summary>What <c>tritter complete --json</c> prints for each place, one object a line.</summary>
/// <param name="File">Path as given.</param>
/// <param name="Line">1-based.</param>
/// <param name="Column">1-based, UTF-16.</param>
/// <param name="Text">Text to insert; empty when there is nothing to say.</param>
/// <param name="Reason">Why the text is empty; null when it is not.</param>
/// <param name="Model">Name of the model's folder.</param>
/// <param name="PromptTokens">Tokens of the whole prompt.</param>
/// <param name="CachedTokens">Those of them that were still in the KV cache.</param>
/// <param name="RestoredTokens">Those of the prompt that an earlier run has kept in the user's cache folder.</param>
/// <param name="GeneratedTokens">Tokens decoded, those that were cut off afterwards included.</param>
/// <param name="LoadMs">Loading the model, once for all places.</param>
/// <param name="PrefillMs">From the start of this completion to the first logits.</param>
/// <param name="DecodeMs">After that.</param>
/// <param name="TokensPerSecond">While decoding; 0 when nothing was decoded.</param>
/// <param name="TotalMs">The whole completion, loading excluded.</param>
internal sealed record CompletionReport(
    string File,
    int Line,
    int Column,
    string Text,
    string? Reason,
    string Model,
    int PromptTokens,
    int CachedTokens,
    int RestoredTokens,
    int GeneratedTokens,
    double LoadMs,
    double PrefillMs,
    double DecodeMs,
    double TokensPerSecond,
    double TotalMs);

/// <summary>What <c>tritter model info --json</c> prints.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Directory">Its full path.</param>
/// <param name="WeightsBytes">Bytes of model.safetensors.</param>
/// <param name="BitsPerParameter">Of that file; header and scales included.</param>
/// <param name="KvCache">Bytes of keys and values at several context lengths.</param>
internal sealed record ModelReport(
    string Name,
    string Directory,
    ShapeReport Shape,
    long Parameters,
    long TernaryParameters,
    long EmbeddingParameters,
    long NormParameters,
    long WeightsBytes,
    double BitsPerParameter,
    IReadOnlyList<KvReport> KvCache);

/// <summary>Sizes from config.json.</summary>
/// <param name="SlidingLayers">Layers that see only the last <paramref name="SlidingWindow"/> positions.</param>
/// <param name="SlidingWindow">Positions; null when every layer sees all.</param>
/// <param name="RopeLayers">Layers that rotate queries and keys by their position.</param>
internal sealed record ShapeReport(
    int Layers,
    int HiddenSize,
    int Heads,
    int KvHeads,
    int HeadDim,
    int IntermediateSize,
    int VocabSize,
    int SlidingLayers,
    int? SlidingWindow,
    int RopeLayers,
    int MaxPositions);

/// <summary>Bytes of keys and values for a context of so many positions.</summary>
internal sealed record KvReport(int Positions, long Bytes);

/// <summary>What <c>tritter replay --json</c> prints for each completion, one object a line.</summary>
/// <param name="File">The replay file as given.</param>
/// <param name="Line">In that file, from 1.</param>
/// <param name="Path">The document that was completed; null when the line is damaged.</param>
/// <param name="Same">Whether the completion came out again, to the last bit.</param>
/// <param name="Tokens">Tokens recorded.</param>
/// <param name="Step">The token at which it departs from the record, from 1; null when it does not, or not at a token.</param>
/// <param name="Difference">What is not the same, in one line; null when all is.</param>
internal sealed record ReplayReport(string File, int Line, string? Path, bool Same, int Tokens, int? Step, string? Difference);

/// <summary>What <c>tritter bench --json</c> prints.</summary>
/// <param name="Model">The shape, or "model".</param>
/// <param name="WeightBytesPerToken">Bytes of weights that decoding one token reads.</param>
/// <param name="CopyBytesPerSecond">Bytes read and written while as many are copied.</param>
/// <param name="Device">What computed, and why it.</param>
/// <param name="PeakDeviceBytes">Bytes allocated on a graphics card at most; 0 on the processor.</param>
internal sealed record BenchReport(string Model, string Machine, int Threads, string Device, long PeakDeviceBytes, long WeightBytesPerToken, double CopyBytesPerSecond, IReadOnlyList<SpeedAt> Speeds);

[JsonSerializable(typeof(Lsp.AnswerMessage))]
[JsonSerializable(typeof(Core.Evaluation.AskCase))]
[JsonSerializable(typeof(AskReport[]))]
[JsonSerializable(typeof(ExplainReport))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(ChunkReport))]
[JsonSerializable(typeof(CompletionReport))]
[JsonSerializable(typeof(Evaluations.HumanEvalReport))]
[JsonSerializable(typeof(Evaluations.NeedleReport[]))]
[JsonSerializable(typeof(Evaluations.InfillCaseReport))]
[JsonSerializable(typeof(Evaluations.InfillReport[]))]
[JsonSerializable(typeof(IndexReport))]
[JsonSerializable(typeof(ModelPlanReport))]
[JsonSerializable(typeof(ModelReport))]
[JsonSerializable(typeof(Evaluations.ProgramsReport))]
[JsonSerializable(typeof(ReplayReport))]
[JsonSerializable(typeof(SearchResult))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
[JsonSerializable(typeof(UsageReport[]))]
internal sealed partial class CommandLineJson : JsonSerializerContext
{
    /// <summary>Camel case, and source code stays readable: only what JSON itself demands is escaped.</summary>
    public static CommandLineJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
