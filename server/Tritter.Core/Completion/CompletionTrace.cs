using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;

namespace Tritter.Core.Completion;

/// <summary>What went into the model during one completion and what came out, as far as it decides on the answer.</summary>
public sealed class CompletionTrace
{
    private readonly List<int> _tokens = [];
    private readonly List<string> _logits = [];

    public FimPrompt Prompt { get; private set; } = new([], []);

    public KvPrecision KvPrecision { get; private set; }

    /// <summary>Null where nothing was generated because the prompt did not fit.</summary>
    public GenerationOptions? Options { get; private set; }

    /// <summary>Tokens reported, in order.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>
    /// For each token to choose, the first 64 bits of the SHA-256 of its logits' bits, in hexadecimal. One more than <see cref="Tokens"/> where
    /// the model ended the text.
    /// </summary>
    public IReadOnlyList<string> Logits => _logits;

    /// <summary>What the <see cref="NameOracle"/> said, by the length of the text it was asked about; empty when there was none.</summary>
    public IReadOnlyDictionary<int, string[]?> Names { get; private set; } = new Dictionary<int, string[]?>();

    /// <summary>Tokens after which the time ended the text; null where it did not. As many as most would have given the same.</summary>
    public int? StoppedAfter { get; private set; }

    internal void End(NameMask? mask, int? stoppedAfter)
    {
        Names = mask?.Answers ?? Names;
        StoppedAfter = stoppedAfter;
        Options = stoppedAfter is { } tokens ? Options! with { MaxTokens = tokens } : Options;
    }

    internal void Begin(FimPrompt prompt, KvPrecision precision) => (Prompt, KvPrecision) = (prompt, precision);

    /// <summary>The options under which this sees every logit.</summary>
    internal GenerationOptions Watch(GenerationOptions options)
    {
        Options = options;
        return options with { OnLogits = logits => _logits.Add(Hash(logits)) };
    }

    /// <summary>Sees every token before <paramref name="onToken"/> does.</summary>
    internal Func<int, bool> Watch(Func<int, bool> onToken) => token =>
    {
        _tokens.Add(token);
        return onToken(token);
    };

    private static string Hash(ReadOnlySpan<float> logits)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(logits), hash);
        return Convert.ToHexStringLower(hash[..sizeof(ulong)]);
    }
}
