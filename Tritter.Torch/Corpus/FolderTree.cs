namespace Tritter.Torch.Corpus;

/// <summary>A folder without git: every file under it as it is now. Links are not followed.</summary>
public sealed class FolderTree(string directory) : ISourceTree
{
    private static readonly EnumerationOptions _all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    public string Version() => "";

    public IReadOnlyList<TreeEntry> Files() => Directory.Exists(directory)
        ? [.. new DirectoryInfo(directory).EnumerateFiles("*", _all).Select(f => new TreeEntry("", f.Length, Path.GetRelativePath(directory, f.FullName).Replace('\\', '/')))]
        : throw new DirectoryNotFoundException($"{directory}: there is no such folder");

    public IEnumerable<(TreeEntry Entry, byte[] Bytes)> Read(IReadOnlyList<TreeEntry> entries)
    {
        foreach (TreeEntry entry in entries)
        {
            string path = Path.Combine(directory, entry.Path);
            if (File.Exists(path))
            {
                yield return (entry, File.ReadAllBytes(path));
            }
        }
    }
}
