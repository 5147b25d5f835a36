using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Repository.Index;

namespace Tritter.Repository.Files;

/// <summary>Files of a repository as a whole, for models that can read so much: all of a small one, of a larger one what is nearest.</summary>
public static class WholeFiles
{
    private const int MostCharacters = 10;
    private const int FewestTokens = 32;

    /// <param name="root">The repository's folder.</param>
    /// <param name="own">Full path of the file that is completed: it is left out.</param>
    /// <param name="most">Tokens of all files together, their paths included.</param>
    /// <param name="tokens">Counts the tokens of a piece.</param>
    /// <returns>By path, with secrets blanked out; paths are relative to the root.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<ContextPiece> Around(string root, string own, int most, Func<ContextPiece, int> tokens, CancellationToken cancellationToken)
    {
        string ownPath = Path.GetRelativePath(root, own).Replace('\\', '/');
        string language = Languages.OfPath(ownPath);
        IEnumerable<string> near = RepositoryFiles.List(root, cancellationToken).Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(path => path != ownPath && Languages.OfPath(path) is not "plaintext")
            .OrderByDescending(path => Languages.OfPath(path) == language).ThenByDescending(path => SharedFolders(path, ownPath)).ThenBy(path => path, StringComparer.Ordinal);
        var chosen = new List<ContextPiece>();
        foreach (string path in near)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Hardly any text has more characters a token: what is much too long needs not be counted, nor looked for when next to nothing is left.
            if (most < FewestTokens)
            {
                break;
            }

            if (SourceText.Read(root, path) is not { } source || source.Text.Length > MostCharacters * most)
            {
                continue;
            }

            var piece = new ContextPiece(path, source.Text.ReplaceLineEndings("\n"));
            if (tokens(piece) is var count && count <= most)
            {
                most -= count;
                chosen.Add(piece);
            }
        }

        return [.. chosen.OrderBy(piece => piece.Path, StringComparer.Ordinal)];
    }

    private static int SharedFolders(string a, string b) => a.Split('/').SkipLast(1).Zip(b.Split('/').SkipLast(1)).TakeWhile(pair => pair.First == pair.Second).Count();
}
