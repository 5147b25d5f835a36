using System.Text;
using System.Text.RegularExpressions;

namespace Tritter.Repository.Projects;

/// <summary>The properties of a project while its files are read: names without case, values with <c>$(Name)</c> replaced.</summary>
internal sealed partial class ProjectProperties
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The value, or "" for what is not set, as MSBuild has it.</summary>
    public string this[string name]
    {
        get => _values.GetValueOrDefault(name, "");
        set => _values[name] = value;
    }

    public bool IsTrue(string name) => this[name].Trim().Equals("true", StringComparison.OrdinalIgnoreCase) || this[name].Trim().Equals("enable", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Replaces <c>$(Name)</c> and the string functions <c>$(Name.EndsWith('…'))</c>, StartsWith and Contains; other functions become "".
    /// </summary>
    public string Expand(string text)
    {
        if (!text.Contains("$(", StringComparison.Ordinal))
        {
            return text;
        }

        var expanded = new StringBuilder();
        for (int i = 0; i < text.Length;)
        {
            if (!text.AsSpan(i).StartsWith("$("))
            {
                expanded.Append(text[i++]);
                continue;
            }

            int end = ClosingParenthesis(text, i + 1);
            string name = text[(i + 2)..end].Trim();
            expanded.Append(Name().IsMatch(name) ? this[name] : Function(name));
            i = Math.Min(end + 1, text.Length);
        }

        return expanded.ToString();
    }

    private string Function(string call)
    {
        Match match = StringFunction().Match(call);
        string value = this[match.Groups[1].Value];
        string argument = match.Groups[3].Value;
        return match.Groups[2].Value switch
        {
            "EndsWith" => $"{value.EndsWith(argument, StringComparison.Ordinal)}",
            "StartsWith" => $"{value.StartsWith(argument, StringComparison.Ordinal)}",
            "Contains" => $"{value.Contains(argument, StringComparison.Ordinal)}",
            _ => "",
        };
    }

    /// <returns>The index of the parenthesis that closes the one at <paramref name="open"/>, or the text's end.</returns>
    private static int ClosingParenthesis(string text, int open)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }

        return text.Length;
    }

    [GeneratedRegex(@"^[A-Za-z_][\w-]*$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^([A-Za-z_][\w-]*)\.(\w+)\(\s*['""]([^'""]*)['""]\s*\)$")]
    private static partial Regex StringFunction();
}
