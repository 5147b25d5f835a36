namespace Tritter.VisualStudio.Text;

/// <summary>Paths of files as URIs, and back.</summary>
public static class DocumentUri
{
    /// <param name="path">An absolute path: C:\a b\c.cs, \\server\share\c.cs or /a/c.cs.</param>
    public static string Of(string path)
    {
        string[] parts = path.Replace('\\', '/').TrimStart('/').Split('/');
        bool isShare = path.StartsWith(@"\\", StringComparison.Ordinal);
        // The colon behind a drive's letter stays as it is.
        IEnumerable<string> escaped = parts.Select((part, i) => i == 0 && IsDrive(part) ? part : Uri.EscapeDataString(part));
        return (isShare ? "file://" : "file:///") + string.Join("/", escaped);
    }

    /// <returns>Null when the URI names no file.</returns>
    public static string? ToPath(string uri)
    {
        const string Scheme = "file://";
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string rest = Uri.UnescapeDataString(uri.Substring(Scheme.Length));
        if (!rest.StartsWith("/", StringComparison.Ordinal))
        {
            return @"\\" + rest.Replace('/', '\\');
        }

        string[] parts = rest.Substring(1).Split('/');
        return IsDrive(parts[0]) ? string.Join("\\", parts) : rest;
    }

    private static bool IsDrive(string part) => part.Length == 2 && char.IsLetter(part[0]) && part[1] == ':';
}
