namespace Tritter.Inference.Model.Gguf;

/// <summary>Checked values out of a GGUF file's settings; every error names the file, the setting, what was expected and what was found.</summary>
internal sealed class GgufSettings(string path, IReadOnlyDictionary<string, object> values)
{
    public string? Text(string key) => Find<string>(key, "a string");

    public int Int(string key, int min, int max, int? otherwise = null)
    {
        if (!values.TryGetValue(key, out object? value))
        {
            return otherwise ?? throw new ModelFormatException(path, $"{key} is missing");
        }

        return value is long n && n >= min && n <= max ? (int)n : throw Wrong(key, $"a whole number from {min} to {max}", value);
    }

    public float Float(string key, float min, float max, float otherwise)
    {
        if (!values.TryGetValue(key, out object? value))
        {
            return otherwise;
        }

        return value is double x && x >= min && x <= max ? (float)x : throw Wrong(key, $"a number from {min} to {max}", value);
    }

    /// <summary>An array of strings; null when there is none.</summary>
    public string[]? Texts(string key) => Array<string>(key, "strings");

    /// <summary>An array of whole numbers; null when there is none.</summary>
    public long[]? Numbers(string key) => Array<long>(key, "whole numbers");

    private T[]? Array<T>(string key, string kind) => Find<object[]>(key, "an array") is not { } array ? null
        : array.All(e => e is T) ? [.. array.Cast<T>()]
        : throw Wrong(key, $"an array of {kind}", array.First(e => e is not T));

    private T? Find<T>(string key, string kind)
        where T : class => !values.TryGetValue(key, out object? value) ? null : value as T ?? throw Wrong(key, kind, value);

    private ModelFormatException Wrong(string key, string expected, object found) =>
        new(path, $"{key}: expected {expected}, found {SafetensorsHeader.Shorten(Convert.ToString(found, System.Globalization.CultureInfo.InvariantCulture) ?? "")}");
}
