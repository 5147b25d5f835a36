using System.Collections.Immutable;

namespace Tritter.Server.State;

/// <summary>From a document's URI to the path that the model sees.</summary>
internal static class DocumentPath
{
    /// <summary>
    /// The path in a URI, percent-decoded, with '/' separators: <c>/home/me/a b.cs</c>, <c>c:/src/a.cs</c>, <c>//server/share/a.cs</c>,
    /// and for schemes without files whatever stands after the colon: <c>Untitled-1</c>.
    /// </summary>
    public static string FromUri(string uri)
    {
        int colon = uri.IndexOf(':');
        ReadOnlySpan<char> rest = uri.AsSpan(colon + 1);
        int end = rest.IndexOfAny('?', '#');
        string path = Uri.UnescapeDataString(end < 0 ? rest : rest[..end]).Replace('\\', '/');
        if (path.StartsWith("///", StringComparison.Ordinal))
        {
            path = path[2..];
        }

        // file:///c%3A/src: the slash before a drive letter belongs to the URI.
        return path is ['/', _, ':', ..] && char.IsAsciiLetter(path[1]) ? path[1..] : path;
    }

    /// <summary>
    /// The path to show to the model and the repository's name. Outside of every folder only the file's name is shown:
    /// the model was trained on paths inside repositories, and where a machine keeps its folders says nothing about the code.
    /// </summary>
    public static (string Path, string? Repository) InWorkspace(string uri, ImmutableArray<Folder> folders)
    {
        string path = FromUri(uri);
        return Folder.Holding(path, folders) is { } folder
            ? (folder.Relative(path)!, folder.Name)
            : (path[(path.LastIndexOf('/') + 1)..], null);
    }
}
