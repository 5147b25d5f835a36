using System.Security.Cryptography;

namespace Tritter.Inference.Model;

/// <summary>Which model a folder holds, whatever the folder is called: the SHA-256 of each of its files, in lower-case hexadecimal.</summary>
/// <param name="Name">The folder's name; says nothing about what is in it.</param>
/// <param name="GenerationConfig">Null where the folder has no such file.</param>
public sealed record ModelIdentity(string Name, string Weights, string Tokenizer, string Config, string? GenerationConfig)
{
    /// <summary>Reads every file of the model in <paramref name="directory"/> once.</summary>
    /// <exception cref="ModelFormatException">A file is missing or cannot be read.</exception>
    public static ModelIdentity Of(string directory) => Gguf.GgufFile.Find(directory) is { } file ? OfFile(file) : new(
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))),
        Hash(directory, "model.safetensors"),
        Hash(directory, "tokenizer.json"),
        Hash(directory, "config.json"),
        File.Exists(Path.Combine(directory, "generation_config.json")) ? Hash(directory, "generation_config.json") : null);

    /// <summary>The first file in which another model differs, with the beginnings of both hashes; null when they are the same model.</summary>
    public string? DifferenceFrom(ModelIdentity other)
    {
        (string File, string? Here, string? There)[] files =
        [
            ("model.safetensors", Weights, other.Weights),
            ("tokenizer.json", Tokenizer, other.Tokenizer),
            ("config.json", Config, other.Config),
            ("generation_config.json", GenerationConfig, other.GenerationConfig),
        ];
        int differs = Array.FindIndex(files, f => f.Here != f.There);
        return differs < 0 ? null : $"{files[differs].File} with SHA-256 {Shorten(files[differs].Here)} instead of {Shorten(files[differs].There)}";
    }

    /// <summary>A GGUF file is all of a model.</summary>
    private static ModelIdentity OfFile(string path)
    {
        string hash = Hash(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        return new ModelIdentity(Path.GetFileNameWithoutExtension(path), hash, hash, hash, null);
    }

    private static string Shorten(string? hash) => hash is null ? "none" : hash.Length > 16 ? hash[..16] + "…" : hash;

    private static string Hash(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        try
        {
            using FileStream file = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, "cannot be read: " + e.Message, e);
        }
    }
}
