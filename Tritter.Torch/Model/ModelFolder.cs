namespace Tritter.Torch.Model;

/// <summary>What a folder needs beside the weights so that Tritter.Inference loads it.</summary>
public static class ModelFolder
{
    /// <summary>Copies config.json, and tokenizer.json and generation_config.json where they are there.</summary>
    /// <param name="tokenizer">null takes the one beside the configuration.</param>
    /// <exception cref="IOException">A file cannot be copied.</exception>
    public static void Prepare(string folder, string config, string? tokenizer)
    {
        Directory.CreateDirectory(folder);
        Copy(config, "config.json");
        tokenizer ??= Beside(config, "tokenizer.json");
        Copy(tokenizer, "tokenizer.json");
        Copy(Beside(tokenizer, "generation_config.json"), "generation_config.json");

        void Copy(string from, string name)
        {
            string to = Path.Combine(folder, name);
            if (File.Exists(from) && Path.GetFullPath(from) != Path.GetFullPath(to))
            {
                File.Copy(from, to, overwrite: true);
            }
        }
    }

    private static string Beside(string path, string name) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, name);
}
