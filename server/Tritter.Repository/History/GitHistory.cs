using System.Globalization;
using Tritter.Core.Explain;

namespace Tritter.Repository.History;

/// <summary>Who last changed lines of a file, by <c>git blame</c>.</summary>
public static class GitHistory
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(2);

    /// <param name="path">Full path.</param>
    /// <param name="text">The file's text as its reader sees it; lines of it that no commit has count as uncommitted.</param>
    /// <param name="firstLine">From 1.</param>
    /// <param name="lastLine">Inclusive.</param>
    /// <returns>Null when there is no git, no repository, or no answer within two seconds.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static LineHistory? Of(string path, string text, int firstLine, int lastLine, CancellationToken cancellationToken)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            return null;
        }

        string lines = string.Create(CultureInfo.InvariantCulture, $"{firstLine},{lastLine}");
        return GitProgram.Run(folder, ["blame", "--line-porcelain", "--contents", "-", "-L", lines, "--", Path.GetFileName(path)], text, _limit, cancellationToken) is { } output ? Parse(output) : null;
    }

    /// <summary>The commit that a folder is at; null when there is no git or no repository.</summary>
    /// <exception cref="OperationCanceledException"/>
    public static string? Head(string folder, CancellationToken cancellationToken) => GitProgram.Run(folder, ["rev-parse", "HEAD"], null, _limit, cancellationToken)?.Trim();

    /// <summary>Reads <c>git blame --line-porcelain</c>.</summary>
    internal static LineHistory? Parse(string output)
    {
        var commits = new Dictionary<string, (long Time, CommitLine Line)>(StringComparer.Ordinal);
        int uncommitted = 0;
        string id = "", author = "";
        long time = 0;
        foreach (string line in output.Split('\n'))
        {
            if (line.Length > 40 && line[40] == ' ' && line.AsSpan(0, 40).IndexOfAnyExceptInRange('0', 'f') < 0)
            {
                id = line[..40];
                uncommitted += id.AsSpan().IndexOfAnyExcept('0') < 0 ? 1 : 0;
            }
            else if (line.StartsWith("author ", StringComparison.Ordinal))
            {
                author = line["author ".Length..];
            }
            else if (line.StartsWith("author-time ", StringComparison.Ordinal))
            {
                time = long.Parse(line.AsSpan("author-time ".Length), CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("summary ", StringComparison.Ordinal) && id.AsSpan().IndexOfAnyExcept('0') >= 0)
            {
                commits.TryAdd(id, (time, new CommitLine(id[..8], DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(time).UtcDateTime), author, line["summary ".Length..])));
            }
        }

        return commits.Count + uncommitted == 0
            ? null
            : new LineHistory(commits.Count, commits.Count > 0 ? commits.Values.MaxBy(c => c.Time).Line : null, commits.Count > 0 ? commits.Values.MinBy(c => c.Time).Line : null, uncommitted);
    }
}
