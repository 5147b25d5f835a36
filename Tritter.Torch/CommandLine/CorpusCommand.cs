using System.CommandLine;
using Tritter.Torch.Corpus;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train corpus build: repositories become shards of text.</summary>
internal static class CorpusCommand
{
    public static Command Create(CancellationToken cancellation)
    {
        var sources = new Argument<string[]>("source") { Description = "git directories, bare or not: DIR, or owner/name=DIR", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "Folder for shards and MANIFEST.tsv", Required = true };
        var heldOut = new Option<string[]>("--held-out") { Description = "owner/name to keep for validation", AllowMultipleArgumentsPerToken = true };
        var perRepository = new Option<int>("--max-mb-per-repository") { Description = "Megabytes kept of one repository", DefaultValueFactory = _ => 25 };
        var shard = new Option<int>("--shard-mb") { Description = "Megabytes of text in a shard", DefaultValueFactory = _ => 64 };
        var build = new Command("build", "Collects permissively licensed text from repositories, filtered and without duplicates.") { sources, output, heldOut, perRepository, shard };
        build.SetAction(parse =>
        {
            CorpusSource[] from = [.. parse.GetValue(sources)!.Select(Parse)];
            var builder = new CorpusBuilder(parse.GetValue(output)!, new HashSet<string>(parse.GetValue(heldOut) ?? [], StringComparer.OrdinalIgnoreCase),
                parse.GetValue(perRepository) * 1_000_000L, parse.GetValue(shard) * 1_000_000L, Console.Error);
            builder.Build(from, cancellation);
            return 0;
        });
        return new Command("corpus", "Training text.") { build };
    }

    private static CorpusSource Parse(string source)
    {
        int equals = source.IndexOf('=');
        return equals > 0
            ? new CorpusSource(source[..equals], source[(equals + 1)..])
            : new CorpusSource(Path.GetFileName(Path.GetFullPath(source).TrimEnd('/')), source);
    }
}
