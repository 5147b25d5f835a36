using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;

namespace Tritter.Server.Models;

/// <summary>
/// Keys and values of long beginnings of prompts in the user's cache folder: what a model has read once it needs not read again after the next
/// start. Files are named by model, precision and content, so that what has changed is simply not found; the ones unused longest go first.
/// </summary>
/// <param name="folder">Made when something is to be kept.</param>
/// <param name="mostBytes">Of all files together.</param>
/// <param name="problem">Told, in one line, what could not be read or kept.</param>
internal sealed class StoredPrefixes(string folder, long mostBytes, Action<string> problem)
{
    public const long DefaultBytes = 2L << 30;

    /// <summary>Has the engine hold the keys and values of a text: from a file, or else computed and then kept in one.</summary>
    /// <param name="progress">Told how many tokens are read, while they are computed.</param>
    /// <returns>Tokens that came from a file.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public int Hold(InferenceEngine engine, ReadOnlySpan<int> tokens, Action<int> progress, CancellationToken cancellationToken)
    {
        string precision = engine.KvPrecision == KvPrecision.Int8 ? "" : $"{engine.KvPrecision}-";
        string content = $"{precision}{Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(tokens)))[..32]}.kv";
        string byProcessor = Path.Combine(folder, $"{engine.Identity[..16]}-{content}"), byCard = Path.Combine(folder, $"{engine.Identity[..16]}-card-{content}");
        // A processor's results do not depend on what a card has read.
        string file = engine.IsOnCuda ? byCard : byProcessor;
        foreach (string kept in engine.IsOnCuda ? [byCard, byProcessor] : (ReadOnlySpan<string>)[byProcessor])
        {
            if (File.Exists(kept) && Restored(engine, kept) is var restored and > 0)
            {
                return restored;
            }
        }

        using Session session = engine.OpenSession(tokens.Length);
        _ = session.Read(tokens, cancellationToken, progress);
        try
        {
            Directory.CreateDirectory(folder);
            session.Save(file);
            RemoveOldest(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            problem($"what the model has read cannot be kept for the next time: {e.Message}");
        }

        return 0;
    }

    private int Restored(InferenceEngine engine, string file)
    {
        try
        {
            int held = engine.LoadPrefix(file);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
            return held;
        }
        catch (Exception e) when (e is KvFormatException or IOException or UnauthorizedAccessException)
        {
            // It is written anew.
            problem(e.Message);
            return 0;
        }
    }

    private void RemoveOldest(string kept)
    {
        long bytes = 0;
        foreach (FileInfo file in new DirectoryInfo(folder).GetFiles("*.kv").OrderByDescending(f => f.FullName == kept).ThenByDescending(f => f.LastWriteTimeUtc))
        {
            bytes += file.Length;
            if (bytes > mostBytes && file.FullName != kept)
            {
                file.Delete();
            }
        }
    }
}
