using System.Text.Json;
using System.Text.Unicode;

namespace Tritter.Inference.Model;

/// <summary>Reads checked values out of a JSON object; every error names the file, the key, what was expected and what was found.</summary>
internal sealed class ConfigReader(string path, JsonElement root)
{
    private const long MaxBytes = 16 << 20;

    /// <exception cref="ModelFormatException">The file is missing, too big or not a JSON object.</exception>
    public static JsonDocument Parse(string path)
    {
        try
        {
            long bytes = MappedFile.LengthOf(path);
            if (bytes > MaxBytes)
            {
                throw new ModelFormatException(path, $"expected a configuration of at most {MaxBytes} bytes, found {bytes}");
            }

            byte[] text = File.ReadAllBytes(path);
            if (!Utf8.IsValid(text))
            {
                throw new ModelFormatException(path, "is not valid JSON: expected UTF-8");
            }

            JsonDocument json = JsonDocument.Parse(text);
            JsonValueKind kind = json.RootElement.ValueKind;
            if (kind == JsonValueKind.Object)
            {
                return json;
            }

            json.Dispose();
            throw new ModelFormatException(path, $"expected a JSON object, found {kind}");
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(path, "is not valid JSON: " + SafetensorsHeader.Shorten(e.Message), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, "cannot be read: " + e.Message, e);
        }
    }

    public void Expect(string key, bool condition, string problem)
    {
        if (!condition)
        {
            throw new ModelFormatException(path, $"{key}: {problem}");
        }
    }

    /// <summary>Whether a key holds this string, which has nothing to escape. Compared as written: a string that is not Unicode is just another one.</summary>
    public bool Is(string key, string expected) => root.TryGetProperty(key, out JsonElement e) && e.ValueKind == JsonValueKind.String && e.GetRawText() == $"\"{expected}\"";

    public bool Bool(string key, bool otherwise)
    {
        if (IsAbsent(key, out JsonElement e))
        {
            return otherwise;
        }

        Expect(key, e.ValueKind is JsonValueKind.True or JsonValueKind.False, $"expected true or false, found {Found(key)}");
        return e.GetBoolean();
    }

    /// <summary>The object under a key; null when there is none.</summary>
    public ConfigReader? Object(string key)
    {
        if (IsAbsent(key, out JsonElement e))
        {
            return null;
        }

        Expect(key, e.ValueKind == JsonValueKind.Object, $"expected an object, found {Found(key)}");
        return new ConfigReader(path, e);
    }

    public void Require(string key, string expected)
    {
        Expect(key, Is(key, expected), $"expected '{expected}', found {Found(key)}");
    }

    public void RequireIfPresent(string key, string expected)
    {
        if (root.TryGetProperty(key, out _))
        {
            Require(key, expected);
        }
    }

    public void RequireIfPresent(string key, bool expected)
    {
        bool matches = !root.TryGetProperty(key, out JsonElement e) || e.ValueKind == (expected ? JsonValueKind.True : JsonValueKind.False);
        Expect(key, matches, $"expected {(expected ? "true" : "false")}, found {Found(key)}");
    }

    public void RequireIfPresent(string key, int expected) => Expect(key, Int(key, int.MinValue, int.MaxValue, expected) == expected, $"expected {expected}, found {Found(key)}");

    public int Int(string key, int min, int max, int? otherwise = null)
    {
        if (!root.TryGetProperty(key, out JsonElement e) || (e.ValueKind == JsonValueKind.Null && otherwise is not null))
        {
            return otherwise ?? throw new ModelFormatException(path, $"{key} is missing");
        }

        Expect(key, e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int n) && n >= min && n <= max,
            $"expected a whole number from {min} to {max}, found {Found(key)}");
        return e.GetInt32();
    }

    public float Float(string key, float min, float max, float otherwise)
    {
        if (IsAbsent(key, out JsonElement e))
        {
            return otherwise;
        }

        Expect(key, e.ValueKind == JsonValueKind.Number && e.TryGetSingle(out float x) && x >= min && x <= max,
            $"expected a number from {min} to {max}, found {Found(key)}");
        return e.GetSingle();
    }

    public string[]? Strings(string key) => Array(key)?.Select(e =>
    {
        Expect(key, e.ValueKind == JsonValueKind.String, $"expected an array of strings, found {Found(key)}");
        try
        {
            return e.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, written as an escape, is valid JSON.
            throw new ModelFormatException(path, $"{key}: expected an array of strings, found one that is not Unicode: {SafetensorsHeader.Shorten(e.GetRawText())}");
        }
    }).ToArray();

    public int[]? Ints(string key) => Array(key)?.Select(e =>
    {
        Expect(key, e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out _), $"expected an array of whole numbers, found {Found(key)}");
        return e.GetInt32();
    }).ToArray();

    /// <summary>A number or an array of numbers, as Hugging Face writes token ids.</summary>
    public int[]? IntOrInts(string key) =>
        root.TryGetProperty(key, out JsonElement e) && e.ValueKind == JsonValueKind.Number ? [Int(key, int.MinValue, int.MaxValue)] : Ints(key);

    private IEnumerable<JsonElement>? Array(string key)
    {
        if (IsAbsent(key, out JsonElement e))
        {
            return null;
        }

        Expect(key, e.ValueKind == JsonValueKind.Array, $"expected an array, found {Found(key)}");
        return e.EnumerateArray();
    }

    /// <summary>Hugging Face writes null for what is not set.</summary>
    private bool IsAbsent(string key, out JsonElement e) => !root.TryGetProperty(key, out e) || e.ValueKind == JsonValueKind.Null;

    private string Found(string key) => root.TryGetProperty(key, out JsonElement e) ? SafetensorsHeader.Shorten(e.GetRawText()) : "nothing";
}
