using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tritter.Torch.Corpus;

/// <summary>What to build from.</summary>
/// <param name="Name">owner/name.</param>
/// <param name="Directory">A git directory, bare or not, or a folder without git.</param>
public sealed record CorpusSource(string Name, string Directory);

/// <summary>How far a build has come.</summary>
/// <param name="Name">The repository that was just added.</param>
/// <param name="Licence">null where none is permissive and the repository was left out.</param>
/// <param name="Bytes">Characters of text taken from it.</param>
/// <param name="Resumed">Whether it had been read by an earlier build that was interrupted.</param>
public sealed record CorpusProgress(int Done, int All, string Name, string? Licence, long Bytes, bool Resumed);

/// <summary>
/// Turns repositories into shards and a manifest. The same repositories at the same commits give the same bytes. A build that was interrupted goes on
/// where it was when it is started again: every repository that was read is kept in <c>.scanned</c> of the output folder until the build ends.
/// </summary>
/// <param name="mix">Characters of a language in the training text at most; a language that is not named has no limit.</param>
public sealed class CorpusBuilder(
    string output, IReadOnlySet<string> heldOut, long maxBytesPerRepository, long shardBytes, IReadOnlyDictionary<string, long> mix, Action<CorpusProgress> progress)
{
    private string ScannedFolder => Path.Combine(output, ".scanned");

    public void Build(IReadOnlyList<CorpusSource> sources, CancellationToken cancellation)
    {
        Directory.CreateDirectory(ScannedFolder);
        CorpusSource[] ordered = [.. sources.OrderBy(s => RepositoryText.Order(s.Name))];
        var seen = new NearDuplicates();
        var manifest = new StringBuilder("repo\tlicence\tcommit\tsplit\tcs\tpy\trs\tts\tmd\n");
        using var training = new ShardSet(output, "corpus", shardBytes);
        using var validation = new ShardSet(output, "held-out", long.MaxValue);
        var left = new Dictionary<string, long>(mix, StringComparer.Ordinal);
        int done = 0;
        // Scanned several at a time, kept in order: what counts as the duplicate must not depend on which processor was faster.
        foreach ((CorpusSource source, ScannedRepository scanned, bool resumed) in ordered.AsParallel().AsOrdered().WithMergeOptions(ParallelMergeOptions.NotBuffered).WithCancellation(cancellation).Select(Scan))
        {
            done++;
            var bytes = new SortedDictionary<string, long>(StringComparer.Ordinal) { ["cs"] = 0, ["py"] = 0, ["rs"] = 0, ["ts"] = 0, ["md"] = 0 };
            if (scanned.Licence is not null)
            {
                bool isHeldOut = heldOut.Contains(source.Name);
                foreach (Candidate candidate in scanned.Files.Where(c => (isHeldOut || Fits(left, c.File)) && seen.Add(c.Print)))
                {
                    (isHeldOut ? validation : training).Write(candidate.File);
                    bytes[candidate.File.Language] += candidate.File.Text.Length;
                    if (!isHeldOut && left.ContainsKey(candidate.File.Language))
                    {
                        left[candidate.File.Language] -= candidate.File.Text.Length;
                    }
                }

                manifest.Append(CultureInfo.InvariantCulture, $"{source.Name}\t{scanned.Licence}\t{scanned.Version}\t{(isHeldOut ? "val" : "train")}\t{bytes["cs"]}\t{bytes["py"]}\t{bytes["rs"]}\t{bytes["ts"]}\t{bytes["md"]}\n");
            }

            progress(new CorpusProgress(done, ordered.Length, source.Name, scanned.Licence, bytes.Values.Sum(), resumed));
        }

        File.WriteAllText(Path.Combine(output, "MANIFEST.tsv"), manifest.ToString());
        Directory.Delete(ScannedFolder, recursive: true);
    }

    private static bool Fits(Dictionary<string, long> left, SourceFile file) => !left.TryGetValue(file.Language, out long most) || file.Text.Length <= most;

    private (CorpusSource Source, ScannedRepository Scanned, bool Resumed) Scan(CorpusSource source)
    {
        ISourceTree tree = GitRepository.IsAt(source.Directory) ? new GitRepository(source.Directory) : new FolderTree(source.Directory);
        string version = tree.Version();
        // Other limits and names make other texts.
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{source.Name}\n{maxBytesPerRepository}")).AsSpan(0, 8));
        string kept = Path.Combine(ScannedFolder, key);
        if (version.Length > 0 && ScannedRepository.Load(kept, version) is { } earlier)
        {
            return (source, earlier, true);
        }

        ScannedRepository scanned = Scan(tree, source.Name, version);
        if (version.Length > 0)
        {
            scanned.Save(kept);
        }

        return (source, scanned, false);
    }

    private ScannedRepository Scan(ISourceTree tree, string name, string version)
    {
        IReadOnlyList<TreeEntry> all = tree.Files();
        TreeEntry[] licenceFiles = [.. all.Where(e => Licences.IsLicenceFile(e.Path) && e.Bytes < 200_000)];
        string? root = null;
        var refused = new List<string>();
        foreach ((TreeEntry entry, byte[] bytes) in tree.Read(licenceFiles))
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

        if (root is null)
        {
            return new ScannedRepository(null, version, []);
        }

        TreeEntry[] wanted = [.. all.Where(e => !refused.Any(f => e.Path.StartsWith(f, StringComparison.Ordinal)))];
        return new ScannedRepository(root, version, [.. RepositoryText.Read(tree, name, wanted, maxBytesPerRepository).Select(f => new Candidate(f, NearDuplicates.Fingerprint(f.Text)))]);
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
