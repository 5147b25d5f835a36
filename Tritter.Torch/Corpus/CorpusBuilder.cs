using System.Globalization;
using System.Text;

namespace Tritter.Torch.Corpus;

/// <summary>What to build from.</summary>
/// <param name="Name">owner/name.</param>
/// <param name="Directory">A git directory, bare or not.</param>
public sealed record CorpusSource(string Name, string Directory);

/// <summary>Turns repositories into shards and a manifest. The same repositories at the same commits give the same bytes.</summary>
public sealed class CorpusBuilder(string output, IReadOnlySet<string> heldOut, long maxBytesPerRepository, long shardBytes, TextWriter log)
{
    private sealed record Candidate(SourceFile File, (UInt128 Exact, uint[]? MinHash) Print);

    private sealed record Scanned(CorpusSource Source, string? Licence, string Commit, List<Candidate> Files);

    public void Build(IReadOnlyList<CorpusSource> sources, CancellationToken cancellation)
    {
        Directory.CreateDirectory(output);
        CorpusSource[] ordered = [.. sources.OrderBy(s => RepositoryText.Order(s.Name))];
        var seen = new NearDuplicates();
        var manifest = new StringBuilder("repo\tlicence\tcommit\tsplit\tcs\tpy\trs\tts\tmd\n");
        using var training = new ShardSet(output, "corpus", shardBytes);
        using var validation = new ShardSet(output, "held-out", long.MaxValue);
        int done = 0;
        // Scanned several at a time, kept in order: what counts as the duplicate must not depend on which processor was faster.
        foreach (Scanned scanned in ordered.AsParallel().AsOrdered().WithMergeOptions(ParallelMergeOptions.NotBuffered).WithCancellation(cancellation).Select(Scan))
        {
            done++;
            if (scanned.Licence is null)
            {
                log.WriteLine($"{done}/{ordered.Length} {scanned.Source.Name}: left out, no permissive licence at its root");
                continue;
            }

            bool isHeldOut = heldOut.Contains(scanned.Source.Name);
            var bytes = new SortedDictionary<string, long>(StringComparer.Ordinal) { ["cs"] = 0, ["py"] = 0, ["rs"] = 0, ["ts"] = 0, ["md"] = 0 };
            foreach (Candidate candidate in scanned.Files.Where(c => seen.Add(c.Print)))
            {
                (isHeldOut ? validation : training).Write(candidate.File);
                bytes[candidate.File.Language] += candidate.File.Text.Length;
            }

            manifest.Append(CultureInfo.InvariantCulture, $"{scanned.Source.Name}\t{scanned.Licence}\t{scanned.Commit}\t{(isHeldOut ? "val" : "train")}\t{bytes["cs"]}\t{bytes["py"]}\t{bytes["rs"]}\t{bytes["ts"]}\t{bytes["md"]}\n");
            log.WriteLine($"{done}/{ordered.Length} {scanned.Source.Name} ({scanned.Licence}): {bytes.Values.Sum() / 1e6:F1} MB");
        }

        File.WriteAllText(Path.Combine(output, "MANIFEST.tsv"), manifest.ToString());
    }

    private Scanned Scan(CorpusSource source)
    {
        var git = new GitRepository(source.Directory);
        IReadOnlyList<GitRepository.Entry> all = git.Files();
        GitRepository.Entry[] licenceFiles = [.. all.Where(e => Licences.IsLicenceFile(e.Path) && e.Bytes < 200_000)];
        string? root = null;
        var refused = new List<string>();
        foreach ((GitRepository.Entry entry, byte[] bytes) in git.Read(licenceFiles))
        {
            string? licence = Licences.Permissive(Encoding.UTF8.GetString(bytes));
            string folder = Path.GetDirectoryName(entry.Path)!.Replace('\\', '/');
            if (folder.Length == 0)
            {
                root ??= licence;
            }
            else if (licence is null)
            {
                refused.Add(folder + "/");
            }
        }

        GitRepository.Entry[] wanted = [.. all.Where(e => !refused.Any(f => e.Path.StartsWith(f, StringComparison.Ordinal)))];
        if (root is null)
        {
            return new Scanned(source, null, "", []);
        }

        List<Candidate> files = [.. RepositoryText.Read(git, source.Name, wanted, maxBytesPerRepository).Select(f => new Candidate(f, NearDuplicates.Fingerprint(f.Text)))];
        return new Scanned(source, root, git.Commit(), files);
    }

    /// <summary>Shards of about the same size; a file is never cut.</summary>
    private sealed class ShardSet(string folder, string name, long maxBytes) : IDisposable
    {
        private Stream? _current;
        private long _written;
        private int _count;

        public void Write(SourceFile file)
        {
            if (_current is null || _written + file.Text.Length > maxBytes)
            {
                Dispose();
                _current = ShardFile.Create(Path.Combine(folder, $"{name}-{_count++:D3}.txt"));
                _written = 0;
            }

            ShardFile.Write(_current, file);
            _written += file.Text.Length;
        }

        public void Dispose()
        {
            _current?.Dispose();
            _current = null;
        }
    }
}
