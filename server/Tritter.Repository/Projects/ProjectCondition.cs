using System.Globalization;

namespace Tritter.Repository.Projects;

/// <summary>
/// MSBuild conditions: comparisons, <c>and</c>, <c>or</c>, <c>!</c>, parentheses and <c>Exists('…')</c>. What is beyond that counts as false:
/// leaving out what is conditional is right more often than taking it.
/// </summary>
internal sealed class ProjectCondition
{
    private readonly List<string> _tokens = [];
    private readonly string _folder;
    private int _next;

    private ProjectCondition(string text, string folder)
    {
        _folder = folder;
        for (int i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
            }
            else if (text[i] == '\'')
            {
                int end = text.IndexOf('\'', i + 1);
                end = end < 0 ? text.Length : end;
                _tokens.Add("'" + text[(i + 1)..end]);
                i = end + 1;
            }
            else
            {
                int length = text.AsSpan(i) switch
                {
                    ['=', '=', ..] or ['!', '=', ..] or ['<', '=', ..] or ['>', '=', ..] => 2,
                    ['(' or ')' or '!' or '<' or '>', ..] => 1,
                    var rest => Math.Max(1, rest.IndexOfAny(" \t\r\n()!=<>'") is var n && n < 0 ? rest.Length : n),
                };
                _tokens.Add(text.Substring(i, length));
                i += length;
            }
        }
    }

    /// <param name="folder">Where relative paths of <c>Exists</c> begin.</param>
    public static bool IsTrue(string? condition, ProjectProperties properties, string folder)
    {
        if (string.IsNullOrWhiteSpace(condition))
        {
            return true;
        }

        try
        {
            var parser = new ProjectCondition(properties.Expand(condition), folder);
            bool value = parser.Or();
            return value && parser._next == parser._tokens.Count;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private bool Or()
    {
        bool value = And();
        while (Take("or"))
        {
            value |= And();
        }

        return value;
    }

    private bool And()
    {
        bool value = Not();
        while (Take("and"))
        {
            value &= Not();
        }

        return value;
    }

    private bool Not()
    {
        if (Take("!"))
        {
            return !Not();
        }

        if (Take("("))
        {
            bool inner = Or();
            Expect(")");
            return inner;
        }

        string left = Value();
        foreach (string comparison in (ReadOnlySpan<string>)["==", "!=", "<=", ">=", "<", ">"])
        {
            if (Take(comparison))
            {
                return Compare(left, comparison, Value());
            }
        }

        if (left.Equals("Exists", StringComparison.OrdinalIgnoreCase) && Take("("))
        {
            string path = Value().Replace('\\', Path.DirectorySeparatorChar);
            Expect(")");
            path = Path.Combine(_folder, path);
            return File.Exists(path) || Directory.Exists(path);
        }

        return left.Equals("true", StringComparison.OrdinalIgnoreCase);
    }

    private static bool Compare(string left, string comparison, string right)
    {
        bool areNumbers = double.TryParse(left.TrimStart('v', 'V'), NumberStyles.Float, CultureInfo.InvariantCulture, out double a)
            & double.TryParse(right.TrimStart('v', 'V'), NumberStyles.Float, CultureInfo.InvariantCulture, out double b);
        return comparison switch
        {
            "==" => areNumbers ? a == b : left.Equals(right, StringComparison.OrdinalIgnoreCase),
            "!=" => areNumbers ? a != b : !left.Equals(right, StringComparison.OrdinalIgnoreCase),
            "<" => areNumbers && a < b,
            ">" => areNumbers && a > b,
            "<=" => areNumbers && a <= b,
            _ => areNumbers && a >= b,
        };
    }

    private string Value()
    {
        if (_next == _tokens.Count)
        {
            throw new FormatException();
        }

        string token = _tokens[_next++];
        return token.StartsWith('\'') ? token[1..] : token;
    }

    private bool Take(string token)
    {
        if (_next < _tokens.Count && _tokens[_next].Equals(token, StringComparison.OrdinalIgnoreCase))
        {
            _next++;
            return true;
        }

        return false;
    }

    private void Expect(string token)
    {
        if (!Take(token))
        {
            throw new FormatException();
        }
    }
}
