using System.Text.RegularExpressions;

namespace Tritter.Core.Evaluation;

/// <summary>Which files define a name, found by the words that definitions begin with: for languages without a compiler at hand.</summary>
public sealed partial class DefinedNames
{
    private readonly Dictionary<string, HashSet<string>> _files = new(StringComparer.Ordinal);

    public static DefinedNames Of(IEnumerable<(string Path, string Text)> files)
    {
        var names = new DefinedNames();
        foreach ((string path, string text) in files)
        {
            foreach (Match definition in Definition().Matches(text))
            {
                string name = definition.Groups[1].Value;
                if (!names._files.TryGetValue(name, out HashSet<string>? defining))
                {
                    names._files[name] = defining = new HashSet<string>(StringComparer.Ordinal);
                }

                defining.Add(path);
            }
        }

        return names;
    }

    /// <summary>Whether what is cut names something that another file defines, and its own does not.</summary>
    public bool NamesOtherFiles(InfillCase cut) =>
        InfillScore.Identifiers(cut.Middle).Any(name => _files.TryGetValue(name, out HashSet<string>? defining) && !defining.Contains(cut.Path));

    [GeneratedRegex(@"\b(?:def|class|fn|struct|enum|trait|type|function|interface|const|static|macro_rules!)\s+([\p{L}_]\w{2,})")]
    private static partial Regex Definition();
}
