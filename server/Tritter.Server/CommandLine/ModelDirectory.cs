using Tritter.Inference.Model;
using Tritter.Server.Models;

namespace Tritter.Server.CommandLine;

/// <summary>Finds the model (a folder, or a GGUF file) when the user names none.</summary>
internal static class ModelDirectory
{
    public const string EnvironmentVariable = "TRITTER_MODEL";

    public const string DefaultName = "models/tritter-100m";

    /// <summary>The named path, or the model that was given this name; else the environment's; else the default one beside the executable or in any folder above it.</summary>
    /// <exception cref="CommandFailure">There is no such folder.</exception>
    public static string Find(string? named)
    {
        string directory = Expected(named);
        if (ModelInfo.IsThere(directory))
        {
            return directory;
        }

        string remedy = $"name a folder with a model by --model DIR or {EnvironmentVariable}";
        throw Directory.Exists(directory)
            ? new CommandFailure($"{directory} is no model folder: it has neither config.json nor exactly one .gguf file; {remedy}")
            : new CommandFailure($"there is no model in {directory}; {remedy}");
    }

    /// <summary>The folder where the model is, or would be if it were there: a caller that can report the failure itself starts with this.</summary>
    public static string Expected(string? named)
    {
        string? chosen = named ?? Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (!string.IsNullOrEmpty(chosen))
        {
            // What is there counts before a name that somebody gave once.
            return !Path.Exists(chosen) && RegisteredModels.OfUser.All.TryGetValue(chosen, out string? registered) ? registered : Path.GetFullPath(chosen);
        }

        IEnumerable<string> candidates = FoldersUpFrom(AppContext.BaseDirectory).Select(folder => Path.Combine(folder, DefaultName));
        return candidates.FirstOrDefault(Directory.Exists) ?? Path.Combine(AppContext.BaseDirectory, DefaultName);
    }

    private static IEnumerable<string> FoldersUpFrom(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            yield return folder.FullName;
        }
    }
}
