using System.CommandLine;
using System.Globalization;
using Tritter.Torch.Corpus;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train corpus build: repositories become shards of text.</summary>
internal static class CorpusCommand
{
    public static Command Create(CancellationToken cancellation)
    {
        var sources = new Argument<string[]>("source") { Description = "git directories, bare or not, or folders: DIR, or owner/name=DIR", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "Folder for shards and MANIFEST.tsv", Required = true };
        var heldOut = new Option<string[]>("--held-out") { Description = "owner/name to keep for validation", AllowMultipleArgumentsPerToken = true };
        var perRepository = new Option<int>("--max-mb-per-repository") { Description = "Megabytes kept of one repository", DefaultValueFactory = _ => 25 };
        var shard = new Option<int>("--shard-mb") { Description = "Megabytes of text in a shard", DefaultValueFactory = _ => 64 };
        var mix = new Option<string[]>("--language-mb") { Description = "Megabytes of a language in the training text at most, as cs=600; languages: cs, py, rs, ts, md", AllowMultipleArgumentsPerToken = true, HelpName = "LANGUAGE=MB" };
        var build = new Command("build", "Collects permissively licensed text from repositories, filtered and without duplicates. Started again after an interruption it goes on where it was.") { sources, output, heldOut, perRepository, shard, mix };
        build.SetAction(parse =>
        {
            CorpusSource[] from = [.. parse.GetValue(sources)!.Select(Parse)];
            var builder = new CorpusBuilder(parse.GetValue(output)!, new HashSet<string>(parse.GetValue(heldOut) ?? [], StringComparer.OrdinalIgnoreCase),
                parse.GetValue(perRepository) * 1_000_000L, parse.GetValue(shard) * 1_000_000L, Mix(parse.GetValue(mix) ?? []), Tell);
            builder.Build(from, cancellation);
            return 0;
        });
        return new Command("corpus", "Training text.") { build };
    }

    private static Dictionary<string, long> Mix(string[] shares)
    {
        var mix = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string share in shares)
        {
            string[] parts = share.Split('=');
            mix[parts[0]] = parts is [("cs" or "py" or "rs" or "ts" or "md"), _] && long.TryParse(parts[1], CultureInfo.InvariantCulture, out long megabytes) && megabytes >= 0
                ? megabytes * 1_000_000
                : throw new InvalidDataException($"--language-mb {share}: is not LANGUAGE=MB, as cs=600, with cs, py, rs, ts or md");
        }

        return mix;
    }

    /// <summary>A bar for whoever looks on, with a line of its own for what was left out; a line a repository for a log.</summary>
    private static void Tell(CorpusProgress p)
    {
        string what = p.Licence is null
            ? $"{p.Name}: left out, no permissive licence at its root"
            : string.Create(CultureInfo.InvariantCulture, $"{p.Name} ({p.Licence}): {p.Bytes / 1e6:F1} MB{(p.Resumed ? ", read before" : "")}");
        if (Console.IsErrorRedirected)
        {
            Console.Error.WriteLine($"{p.Done}/{p.All} {what}");
            return;
        }

        string bar = new string('#', 20 * p.Done / p.All).PadRight(20, '.');
        Console.Error.Write((p.Licence is null ? "\r" + what.PadRight(110) + "\n" : "") + "\r" + $"{bar} {p.Done}/{p.All}  {(p.Licence is null ? p.Name : what)}".PadRight(110) + (p.Done == p.All ? "\n" : ""));
    }

    private static CorpusSource Parse(string source)
    {
        int equals = source.IndexOf('=');
        return equals > 0
            ? new CorpusSource(source[..equals], source[(equals + 1)..])
            : new CorpusSource(Path.GetFileName(Path.GetFullPath(source).TrimEnd('/')), source);
    }
}
