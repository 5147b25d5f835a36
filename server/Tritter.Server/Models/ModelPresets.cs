using Tritter.Inference.Model;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Models;

/// <summary>Shapes of the model family that come with the program: the trainer's, a config.json each.</summary>
internal static class ModelPresets
{
    /// <summary>As they are named on the command line, smallest first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["2M", "100M", "1B", "3B", "7B"];

    /// <exception cref="CommandFailure">There is no such preset.</exception>
    public static ModelConfig Load(string name)
    {
        using Stream? stream = typeof(ModelPresets).Assembly.GetManifestResourceStream($"presets/{name.ToLowerInvariant()}.json");
        if (stream is null)
        {
            throw new CommandFailure($"there is no preset '{name}': it is one of {string.Join(", ", Names)}", ExitCode.Usage);
        }

        using var reader = new StreamReader(stream);
        return ModelConfig.Parse(name, reader.ReadToEnd());
    }
}
