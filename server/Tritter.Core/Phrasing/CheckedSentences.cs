using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;

namespace Tritter.Core.Phrasing;

/// <summary>
/// Lets a model's text through sentence by sentence. Numbers of what it was given become citations and other numbers vanish; a sentence that names
/// code which it was not given, or says the same again, is left out. For one thread.
/// </summary>
/// <param name="material">All that the model was given.</param>
/// <param name="onText">Told of each piece that is final.</param>
public sealed partial class CheckedSentences(PhrasingMaterial material, Action<string> onText)
{
    /// <summary>Who says the same so often will not stop.</summary>
    private const int MostRepeated = 3;

    private static readonly HashSet<string> _keywords = new(StringComparer.Ordinal)
    {
        "None", "True", "False", "self", "Self", "fn", "def", "let", "mut", "impl", "pub", "str", "usize", "lambda", "yield", "undefined", "function", "async", "await", "export", "import", "from",
    };

    private readonly HashSet<string> _known = [.. Word().Matches(material.Text).Select(m => m.Value)];
    private readonly HashSet<string> _said = new(StringComparer.OrdinalIgnoreCase);
    private readonly StringBuilder _held = new();
    private int _repeated;

    /// <summary>Sentences that were left out because they name what is not there.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Whether a sentence got through.</summary>
    public bool HasText { get; private set; }

    /// <returns>False when no more is worth having.</returns>
    public bool Append(string text)
    {
        _held.Append(text);
        for (string held = _held.ToString(); End(held) is var end and > 0; held = _held.ToString())
        {
            Take(held[..end]);
            _held.Remove(0, end);
        }

        return _repeated < MostRepeated;
    }

    /// <summary>The text is over.</summary>
    public void Finish()
    {
        Take(_held.ToString());
        _held.Clear();
    }

    /// <summary>Where the first sentence, line or block of code is over; 0 when more must come first.</summary>
    private static int End(string held)
    {
        if (held.TrimStart().StartsWith("```", StringComparison.Ordinal))
        {
            int open = held.IndexOf("```", StringComparison.Ordinal);
            int close = held.IndexOf("```", open + 3, StringComparison.Ordinal);
            return close < 0 ? 0 : held.IndexOf('\n', close) + 1;
        }

        // Two backticks may be the beginning of three.
        return held.TrimStart().StartsWith('`') && held.Trim().Length < 3 ? 0 : Sentence().Match(held) is { Success: true } match ? match.Length : 0;
    }

    private void Take(string sentence)
    {
        string said = sentence.Trim();
        if (said.Length == 0)
        {
            if (HasText && sentence.Length > 0)
            {
                onText(sentence);
            }
        }
        else if (!_said.Add(Number().Replace(said, "")))
        {
            _repeated++;
        }
        else if (Names(said).Any(name => !IsKnown(name)))
        {
            LeftOut++;
        }
        else
        {
            HasText = true;
            onText(Cited(sentence));
        }
    }

    private bool IsKnown(string name) =>
        _known.Contains(name) || _keywords.Contains(name) || SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None;

    /// <summary>The words that can only be names of code: those between backticks, and in prose such as GetItem, _items or load().</summary>
    private static IEnumerable<string> Names(string sentence)
    {
        string[] parts = sentence.Split('`');
        for (int i = 0; i < parts.Length; i++)
        {
            foreach (Match word in Word().Matches(parts[i]))
            {
                bool isCalled = word.Index + word.Length < parts[i].Length && parts[i][word.Index + word.Length] == '(';
                if (i % 2 == 1 ? word.Length > 1 : isCalled || CodeName().IsMatch(word.Value))
                {
                    yield return word.Value;
                }
            }
        }
    }

    /// <summary>With citations for numbers, and without links and pictures of the model's own.</summary>
    private string Cited(string sentence)
    {
        string[] parts = sentence.Split('`');
        for (int i = 0; i < parts.Length; i += 2)
        {
            string plain = Number().Replace(parts[i], m => string.Concat(Digits().Matches(m.Groups[1].Value).Select(n => "\u0001" + n.Value + "\u0002")));
            plain = plain.Replace("](", "] (", StringComparison.Ordinal).Replace("![", "[", StringComparison.Ordinal).Replace('<', '‹');
            parts[i] = Marked().Replace(plain, m => int.TryParse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out int id) && material.Citations.Contains(id) ? $"{m.Groups[1].Value}[[{id}]](citation:{id})" : "");
        }

        return string.Join('`', parts);
    }

    // A sentence ends in a mark and white space, not within `code`; a line ends anyhow.
    [GeneratedRegex(@"\A(?:\s+|(?:[^`\n]|`[^`\n]*`)*?(?:[.!?](?:\s*\[[\d, ]+\])*[.!?]?[ \t]+(?=[^\s\[])|\n)|[^\n]*\n)")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{N}_]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"^_\w|\w_\w|[\p{Ll}\p{N}]\p{Lu}")]
    private static partial Regex CodeName();

    // [3], [3, 4], and a link as it stands in answers.
    [GeneratedRegex(@"(?<!\w)\[\[?(\d{1,4}(?:\s*,\s*\d{1,4})*)\]?\](?:\(citation:\d+\))?")]
    private static partial Regex Number();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    [GeneratedRegex("( ?)\u0001(\\d+)\u0002")]
    private static partial Regex Marked();
}
