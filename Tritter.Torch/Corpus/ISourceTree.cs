namespace Tritter.Torch.Corpus;

/// <summary>A file of a tree.</summary>
/// <param name="Hash">By which git knows its contents; empty for a folder's file.</param>
/// <param name="Path">From the tree's root, with slashes.</param>
public sealed record TreeEntry(string Hash, long Bytes, string Path);

/// <summary>The files of a repository: the newest commit of git, or a folder as it is.</summary>
public interface ISourceTree
{
    /// <summary>The commit; empty for a folder, whose state has no name.</summary>
    /// <exception cref="IOException">The tree cannot be read.</exception>
    string Version();

    /// <exception cref="IOException">The tree cannot be read.</exception>
    IReadOnlyList<TreeEntry> Files();

    /// <summary>The bytes of each entry, in the order given; files that are not there any more are left out.</summary>
    IEnumerable<(TreeEntry Entry, byte[] Bytes)> Read(IReadOnlyList<TreeEntry> entries);
}
