namespace Tritter.Server.Answers;

/// <summary>The texts of files as their reader sees them: of open documents the editor's, of others the disk's.</summary>
/// <param name="ByPath">Open documents by full path with '/' separators.</param>
internal sealed record OpenTexts(IReadOnlyDictionary<string, string> ByPath)
{
    public static OpenTexts None { get; } = new(new Dictionary<string, string>());

    /// <summary>Null when there is no such file.</summary>
    public string? Of(string path)
    {
        if (ByPath.TryGetValue(path, out string? open))
        {
            return open;
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
