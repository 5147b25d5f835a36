using System.Text.Json;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Models;

/// <summary>The models that this user gave names to: <c>models.json</c> in the user's configuration folder, an object of names and paths.</summary>
/// <param name="folder">The configuration folder; made when the first model is added.</param>
internal sealed class RegisteredModels(string folder)
{
    public const string EnvironmentVariable = "TRITTER_CONFIG";

    private readonly string _file = Path.Combine(folder, "models.json");

    /// <summary>Those of the user who runs this process.</summary>
    public static RegisteredModels OfUser => new(FindFolder(Environment.GetEnvironmentVariable(EnvironmentVariable)));

    /// <summary>Names and full paths, by name.</summary>
    /// <exception cref="CommandFailure">The file is damaged or cannot be read.</exception>
    public SortedDictionary<string, string> All
    {
        get
        {
            try
            {
                return File.Exists(_file)
                    ? JsonSerializer.Deserialize(File.ReadAllBytes(_file), CommandLineJson.Readable.SortedDictionaryStringString) ?? []
                    : [];
            }
            catch (JsonException)
            {
                throw new CommandFailure($"{_file} is damaged: expected a JSON object of names and paths; mend or delete it");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandFailure($"{_file} cannot be read: {e.Message}");
            }
        }
    }

    /// <summary>Gives the model at a path a name; a model that had it loses it.</summary>
    /// <exception cref="CommandFailure">The name cannot be used, or the file cannot be written.</exception>
    public void Add(string name, string path)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny('/', '\\') || name is "." or "..")
        {
            throw new CommandFailure($"'{name}' is no name for a model: a name has no separators, so that it cannot be taken for a path", ExitCode.Usage);
        }

        Change(models => models[name] = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
    }

    /// <returns>False when no model has this name. The model's files stay.</returns>
    public bool Remove(string name)
    {
        bool known = All.ContainsKey(name);
        if (known)
        {
            Change(models => models.Remove(name));
        }

        return known;
    }

    internal static string FindFolder(string? own)
    {
        if (!string.IsNullOrEmpty(own))
        {
            return Path.GetFullPath(own);
        }

        // ~/.config, or what XDG_CONFIG_HOME says; %APPDATA%; ~/Library/Application Support.
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "tritter");
    }

    private void Change(Action<SortedDictionary<string, string>> change)
    {
        SortedDictionary<string, string> models = All;
        change(models);
        try
        {
            Directory.CreateDirectory(folder);
            // Whole or not at all: another process may be reading.
            string written = $"{_file}.{Environment.ProcessId}";
            File.WriteAllText(written, JsonSerializer.Serialize(models, CommandLineJson.Readable.SortedDictionaryStringString) + "\n");
            File.Move(written, _file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"{_file} cannot be written: {e.Message}");
        }
    }
}
