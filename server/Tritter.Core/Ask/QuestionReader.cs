using System.Text.RegularExpressions;

namespace Tritter.Core.Ask;

/// <summary>Understands questions by their words: names are found first, then the words around them say what is wanted.</summary>
public static partial class QuestionReader
{
    // In the patterns @1 and @2 stand for the first and the second name. The first pattern that fits decides.
    private static readonly (QuestionKind Kind, Regex Pattern)[] _patterns =
    [
        (QuestionKind.Path, Is(@"\bfrom @1\b.*\b(?:to|into)\b.* @2")),
        (QuestionKind.Path, Is(@"\bbetween @1 and @2")),
        (QuestionKind.Path, Is(@"\bhow (?:does|do|can|could|would|will|did)\b.*@1.*\b(?:get|gets|reach|lead|leads|arrive|come|flow|go|end up|call|trigger|make its way|find its way)\b.*@2")),
        (QuestionKind.Path, Is(@"\b(?:trace|path|route|chain|way)\b.*@1.*@2")),
        (QuestionKind.Impact, Is(@"\b(?:break|breaks|broken|affected|affects?|impact|impacted|consequences?|happens)\b.*@1|@1.*\b(?:break|breaks|affected|impacted)\b")),
        (QuestionKind.Impact, Is(@"\b(?:can|may|should|could) (?:i|we|you)(?: safely)? (?:change|remove|delete|rename|modify|drop)\b.*@1|\b(?:safe to|if i|if we|when i|when we) (?:change|remove|delete|rename|modify|drop)\b.*@1")),
        (QuestionKind.Impact, Is(@"\b(?:depend|depends|dependents|rely|relies)\b.*@1")),
        (QuestionKind.Tests, Is(@"\btests?\b.*\b(?:cover|covers|covering|exercise|exercises|for|of|use|uses|using|call|calls|reach|check|checks|test|hit)\b.*@1|@1 (?:is )?(?:tested|covered)|\bis @1 (?:tested|covered)|\b(?:tests?|covers?|exercises?|tested) @1|\bhow is @1 tested|\bwhere is @1 tested")),
        (QuestionKind.Implementers, Is(@"\b(?:implements?|implementers?|implementors?|implementations?|implementing|subclass|subclasses|subclassing|subtypes?|derived?|derives|deriving|descendants?|inherits?|inheriting|extends?|extending|overrides?|overriding)\b.*@1|@1(?:'s)? (?:implementations?|implementers?|implementors?|subclasses|subtypes|overrides|descendants)|\bis @1 (?:implemented|overridden|extended|subclassed) by|\b(?:who|what) (?:implements|extends|overrides|subclasses) @1")),
        (QuestionKind.Callees, Is(@"\b(?:what|which)\b.*\b(?:does|do|did) @1\b.*\b(?:call|calls|invoke|invokes|rely on|depend on|delegate to)\b|\bcallees? of @1|\bcalled by @1|\bcalls (?:made by|from|inside|in) @1|\b@1 calls (?:what|which)")),
        (QuestionKind.Callers, Is(@"\b(?:who|what|which)\b.*\b(?:calls?|calling|invokes?|invoking|instantiates?|creates?|constructs?|raises?)\b.*@1|\bwhere (?:is|are|do we|does anyone|does anything) .*?@1.*\b(?:called|invoked|instantiated|created|constructed|raised)\b|\bwhere (?:do we|does anyone|does anything|is it that we) (?:call|invoke|create|construct|instantiate|raise) @1|\b(?:callers?|calls|invocations?|call sites?) (?:of|to|for) @1|@1(?:'s)? callers?|\bis @1 (?:ever )?called\b|\bshow .*calls? .*@1")),
        (QuestionKind.Writes, Is(@"\bwhere (?:is|are|does|do)\b.*@1.*\b(?:set|assigned|written|changed|initiali[sz]ed|modified|updated|mutated)\b|\b(?:who|what) (?:sets|assigns|writes|changes|modifies|initiali[sz]es|updates|mutates)\b.*@1|\b(?:writes|assignments) (?:to|of) @1")),
        (QuestionKind.Example, Is(@"\bexamples?\b.*@1|\bhow (?:do|can|should|would|could|to)\b(?: i| we| you| one| people)?\s*(?:properly |correctly )?(?:use|call|create|construct|work with|instantiate)\b.*@1|\b(?:usage|sample|snippet) (?:of|for) @1|@1 (?:usage|example|sample)|\bhow is @1 used\b|\bshow .*\b(?:using|use of)\b.*@1")),
        (QuestionKind.References, Is(@"\bwhere (?:is|are|do|does)\b.*@1.*\b(?:used?|referenced?|read|mentioned|accessed|needed|consumed|appear|occur)\b|\b(?:who|what|which)\b.*\b(?:uses?|references?|reads?|mentions?|needs?|consumes?|accesses)\b.*@1|\b(?:usages?|uses|references?|reads|mentions|occurrences) (?:of|to) @1|\ball (?:usages?|references?|uses)\b.*@1|@1(?:'s)? (?:usages?|references|uses)\b|\bis @1 (?:ever )?used\b")),
        (QuestionKind.Value, Is(@"\b(?:what|which)\b.*\b(?:value|default|size|limit|length|timeout|capacity|number|maximum|minimum)\b.*@1|\b(?:what|which) (?:is|are) @1 set to|\bwhat(?:'s| is) @1(?:'s)? (?:default|value)|\bvalue of @1|\bdefault (?:of|for) @1|\bhow (?:long|many|big|large|high|low|small|often|much) (?:is|are|does|do)\b.*@1|\bwhat does @1 default to")),
        (QuestionKind.Definition, Is(@"^(?:in which|where|what|who|show|find|go to|explain|describe|tell|which|locate|jump to|open|define)\b[^?]*@1\b[^@]*$|\b(?:definition|declaration|signature|purpose|meaning) of @1|^@1\??$|^(?:and |so )?what about @1|\bwhat @1 (?:does|is)\b")),
    ];

    private const int MostBlanksOfShort = 7;

    private static readonly HashSet<string> _pronouns = new(StringComparer.OrdinalIgnoreCase) { "it", "its", "this", "that", "them", "they", "those", "these", "one" };

    private static readonly HashSet<string> _noNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "an", "the", "is", "are", "do", "does", "did", "i", "we", "you", "in", "of", "to", "for", "on", "at", "by", "from", "with", "and", "or", "not", "if", "when", "where", "what", "who", "which",
        "how", "why", "can", "could", "should", "would", "will", "all", "any", "list", "find", "show", "me", "give", "tell", "explain", "describe", "call", "calls", "called", "callers", "use", "uses",
        "used", "set", "get", "gets", "class", "classes", "method", "methods", "function", "functions", "type", "types", "interface", "interfaces", "file", "files", "test", "tests", "value", "default",
        "code", "change", "changes", "example", "examples", "reference", "references", "implement", "implements", "define", "defined", "break", "breaks", "go", "open", "there", "have", "has", "be",
        "handle", "handled", "make", "made", "create", "created", "first", "last", "after", "before", "between", "path", "name", "names", "up", "about", "out", "into", "field", "property", "constant",
    };

    /// <param name="isKnown">Whether something is declared under a name; qualified names are asked too.</param>
    /// <param name="isFile">Whether the repository has a file whose path is, or ends in, this.</param>
    /// <param name="before">What the conversation was about; null at its beginning.</param>
    public static Question Read(string text, Func<string, bool> isKnown, Func<string, bool> isFile, string? before = null)
    {
        bool isShort = text.Count(c => c == ' ') < MostBlanksOfShort;
        var names = new List<string>();
        string? file = null;
        string shape = Names().Replace(text.Trim(), match =>
        {
            string word = match.Groups["quoted"].Success ? match.Groups["quoted"].Value : match.Value;
            bool isQuoted = match.Groups["quoted"].Success;
            string name = word.TrimEnd('.', '(', ')');
            if (name.Length == 0)
            {
                return match.Value;
            }

            if (LooksLikeFile().IsMatch(name) && isFile(name))
            {
                file ??= name;
                return "@file";
            }

            bool isWord = !isQuoted && _noNames.Contains(name);
            // In a long question a plain word is more likely a word than a name.
            bool mayBeName = isQuoted || LooksLikeCode(name) || (isShort && !IsCommonStart(match, text));
            if (!isWord && mayBeName && isKnown(name))
            {
                int at = names.IndexOf(name);
                names.AddRange(at < 0 ? [name] : []);
                return $"@{(at < 0 ? names.Count : at + 1)}";
            }

            return match.Value;
        });

        if (file is not null && names.Count == 0)
        {
            return new Question(QuestionKind.File, text, file);
        }

        string lower = Spaces().Replace(shape.ToLowerInvariant(), " ").Trim();
        // "it" means what was talked about, when nothing else is named, or as the other end of a path.
        if (before is not null && (names.Count == 0 || lower.Contains(" it ", StringComparison.Ordinal)) && Word().Matches(lower).Any(m => _pronouns.Contains(m.Value)))
        {
            bool isFirst = true;
            names = [.. names.Count == 0 ? [before] : names];
            lower = names.Count == 1 && names[0] == before
                ? Word().Replace(lower, m => isFirst && _pronouns.Contains(m.Value) ? Once(ref isFirst) : m.Value)
                : lower;
        }
        else if (names.Count == 0 && before is not null && FollowUp().IsMatch(lower))
        {
            names = [before];
            // "callers?" alone asks for those of what was talked about.
            lower = lower.TrimEnd('?') + (lower.Contains(' ', StringComparison.Ordinal) ? " @1" : " of @1");
        }

        foreach ((QuestionKind kind, Regex pattern) in _patterns)
        {
            if (names.Count > 0 && pattern.IsMatch(lower) && (kind != QuestionKind.Path || names.Count > 1))
            {
                return new Question(kind, text, names[0], names.Count > 1 ? names[1] : null);
            }
        }

        return new Question(QuestionKind.Search, text, names.FirstOrDefault());
    }

    private static string Once(ref bool isFirst)
    {
        isFirst = false;
        return "@1";
    }

    /// <summary>Written as only code is: a capital or digit inside, an underscore or a dot.</summary>
    private static bool LooksLikeCode(string name) =>
        name.AsSpan(1).IndexOfAny('_', '.') >= 0 || name[0] == '_' || name.Skip(1).Any(char.IsUpper) || char.IsUpper(name[0]);

    /// <summary>The first word of a sentence has a capital letter of its own.</summary>
    private static bool IsCommonStart(Match match, string text) => match.Index == 0 && text.Contains(' ', StringComparison.Ordinal);

    private static Regex Is(string pattern) => new(pattern.Replace("@1", "@1(?![0-9])", StringComparison.Ordinal), RegexOptions.CultureInvariant | RegexOptions.Compiled);

    [GeneratedRegex(@"`(?<quoted>[^`]+)`|[A-Za-z_][\w/\\\-]*(?:(?:\.|::|#|/|\\)[A-Za-z_]\w*)*(?:\(\))?")]
    private static partial Regex Names();

    [GeneratedRegex(@"\.[A-Za-z]{1,6}$|/")]
    private static partial Regex LooksLikeFile();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?<!@)\b[a-z]+\b")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(?:and|also|then|so|what about|how about)\b|^(?:who|what|which) (?:calls|uses|implements|overrides|breaks|tests|sets)\??$|^(?:callers|usages|references|tests|implementers|example|definition)\??$")]
    private static partial Regex FollowUp();
}
