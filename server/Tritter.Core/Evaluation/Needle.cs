using System.Globalization;
using System.Text;

namespace Tritter.Core.Evaluation;

/// <summary>A constant that only one small file of a long prompt defines: whether a model finds it says how far it can read.</summary>
/// <param name="Name">An identifier that no repository has.</param>
/// <param name="Value">Five digits that nothing suggests.</param>
public sealed record Needle(string Name, string Value)
{
    public const string Path = "src/Harbor/Limits.cs";

    private static readonly string[] _first = ["Amber", "Cobalt", "Crimson", "Ivory", "Jade", "Ochre", "Sable", "Umber", "Violet", "Walnut"];
    private static readonly string[] _second = ["Anchor", "Beacon", "Capstan", "Dinghy", "Fender", "Halyard", "Jetty", "Lantern", "Mooring", "Rudder"];

    /// <returns>Needles with names and values of their own; the same seed gives the same ones.</returns>
    /// <param name="count">At most 100.</param>
    public static Needle[] Draw(int seed, int count)
    {
        string[] names = [.. _first.SelectMany(first => _second.Select(second => first + second + "Limit"))];
        var random = new Random(seed);
        random.Shuffle(names);
        int[] values = [.. Enumerable.Range(10_000, 90_000)];
        random.Shuffle(values);
        return [.. names.Take(count).Select((name, i) => new Needle(name, values[i].ToString(CultureInfo.InvariantCulture)))];
    }

    /// <summary>The file that defines them all.</summary>
    public static string File(IEnumerable<Needle> needles)
    {
        var text = new StringBuilder("namespace Harbor;\n\npublic static class Limits\n{\n");
        foreach (Needle needle in needles)
        {
            text.Append(CultureInfo.InvariantCulture, $"    public const int {needle.Name} = {needle.Value};\n");
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>The beginning of another file, up to where the value is to come.</summary>
    public string Question => $"namespace Harbor.Tests;\n\npublic static class ExpectedLimits\n{{\n    public const int {Name} =";
}
