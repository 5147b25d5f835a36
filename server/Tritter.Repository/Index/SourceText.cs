using System.Security.Cryptography;
using System.Text;
using Tritter.Core.Context;
using Tritter.Core.Secrets;

namespace Tritter.Repository.Index;

/// <summary>The text of a file as the index and prompts may have it.</summary>
/// <param name="Text">With secrets blanked out, whatever line endings, without a byte order mark.</param>
/// <param name="Hash">Of the file's bytes, 16 of them.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Secrets">What was blanked out.</param>
internal sealed record SourceText(string Text, byte[] Hash, long Size, IReadOnlyList<Secret> Secrets)
{
    /// <summary>Larger files are data, or of no use in pieces.</summary>
    public const int MaxBytes = 512 * 1024;

    private const int BinaryProbe = 8000;

    private static readonly HashSet<string> _binary = new(StringComparer.OrdinalIgnoreCase)
    {
        ".png", ".jpg", ".jpeg", ".gif", ".ico", ".bmp", ".webp", ".pdf", ".zip", ".gz", ".tar", ".7z", ".dll", ".exe", ".so", ".dylib", ".pdb", ".nupkg", ".woff", ".woff2", ".ttf", ".otf", ".eot",
        ".mp3", ".mp4", ".wav", ".ogg", ".avi", ".mov", ".class", ".jar", ".pyc", ".o", ".a", ".lib", ".bin", ".db", ".sqlite", ".safetensors", ".gguf", ".onnx", ".npy", ".npz", ".parquet",
    };

    /// <summary>Whether the name alone rules a file out: keys, binaries, generated files.</summary>
    public static bool IsLeftOut(string path) => SecretFiles.IsKey(path) || _binary.Contains(Path.GetExtension(path)) || GeneratedCode.IsNamed(path);

    /// <returns>Null for a file that is gone, too large, binary or generated.</returns>
    public static SourceText? Read(string root, string path) => Bytes(root, path) is { } bytes ? Of(path, bytes, HashOf(bytes)) : null;

    /// <returns>Null for text that is binary or generated.</returns>
    public static SourceText? Of(string path, byte[] bytes, byte[] hash)
    {
        if (Decode(bytes) is not { } text || GeneratedCode.Is(text))
        {
            return null;
        }

        IReadOnlyList<Secret> secrets = SecretScan.Find(path, text);
        return new SourceText(SecretScan.Redact(text, secrets), hash, bytes.Length, secrets);
    }

    public static byte[] HashOf(byte[] bytes) => SHA256.HashData(bytes)[..16];

    /// <returns>Null for a file that is gone, too large, or left out by its name.</returns>
    public static byte[]? Bytes(string root, string path) => IsLeftOut(path) ? null : Bytes(Path.Combine(root, path));

    private static byte[]? Bytes(string file)
    {
        try
        {
            var info = new FileInfo(file);
            return info.Exists && info.Length <= MaxBytes ? File.ReadAllBytes(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It went away meanwhile, or is not ours to read.
            return null;
        }
    }

    private static string? Decode(byte[] bytes)
    {
        ReadOnlySpan<byte> span = bytes;
        return span switch
        {
            [0xFF, 0xFE, ..] => Encoding.Unicode.GetString(span[2..]),
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode.GetString(span[2..]),
            [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8.GetString(span[3..]),
            _ => span[..Math.Min(span.Length, BinaryProbe)].Contains((byte)0) ? null : Encoding.UTF8.GetString(span),
        };
    }
}
