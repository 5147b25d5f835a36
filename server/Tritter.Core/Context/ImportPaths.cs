namespace Tritter.Core.Context;

/// <summary>Finds the file behind an import, among the files of a repository. Guesses nothing: what lies in a package has none.</summary>
public static class ImportPaths
{
    private static readonly string[] _scriptEndings = [".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", "/index.ts", "/index.tsx", "/index.js"];

    /// <param name="path">The importing file, with '/' separators.</param>
    /// <param name="import">As written in it.</param>
    /// <param name="exists">Whether the repository has a file of such a path.</param>
    /// <returns>Null when there is none.</returns>
    public static string? Find(string path, string import, Func<string, bool> exists) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".py" or ".pyi" => Candidates(Python(path, import)).FirstOrDefault(exists),
        ".rs" => Rust(path, import).SelectMany(m => (string[])[m + ".rs", m + "/mod.rs"]).FirstOrDefault(exists),
        ".ts" or ".tsx" or ".mts" or ".cts" or ".js" or ".jsx" or ".mjs" or ".cjs" => Script(path, import).FirstOrDefault(exists),
        _ => null,
    };

    private static IEnumerable<string> Candidates(IEnumerable<string> modules) => modules.SelectMany(m => (string[])[m + ".py", m + "/__init__.py", m + ".pyi"]);

    private static IEnumerable<string> Python(string path, string import)
    {
        int dots = import.Length - import.TrimStart('.').Length;
        string module = import[dots..].Replace('.', '/');
        if (dots > 0)
        {
            string folder = path;
            for (int i = 0; i < dots; i++)
            {
                folder = Parent(folder);
            }

            // "from .cache import x" may name a module of the package "cache", or "from . import util" the module itself.
            return [Join(folder, module)];
        }

        // From the folders above the file, nearest first: that is where the package's own root is, or src.
        return FoldersAbove(path).SelectMany(f => (string[])[Join(f, module), Join(Join(f, "src"), module)]);
    }

    private static IEnumerable<string> Rust(string path, string import)
    {
        string[] parts = import.Split("::");
        string folder = Parent(path);
        string file = Path.GetFileNameWithoutExtension(path);
        string own = file is "mod" or "lib" or "main" ? folder : Join(folder, file);
        IEnumerable<string> roots = parts[0] switch
        {
            "crate" => FoldersAbove(path).Where(f => f.EndsWith("/src", StringComparison.Ordinal) || f == "src").Take(1),
            "self" => [own],
            "super" => [Parent(own)],
            _ => [],
        };
        // The last parts may be items of the module.
        return roots.SelectMany(root => Enumerable.Range(1, parts.Length - 1).Reverse().Select(n => Join(root, string.Join('/', parts.Skip(1).Take(n)))));
    }

    private static IEnumerable<string> Script(string path, string import)
    {
        if (!import.StartsWith('.'))
        {
            return [];
        }

        string folder = Parent(path);
        foreach (string part in import.Split('/'))
        {
            folder = part switch { "." or "" => folder, ".." => Parent(folder), _ => Join(folder, part) };
        }

        // "./a.js" in TypeScript means a.ts.
        string bare = folder.EndsWith(".js", StringComparison.Ordinal) ? folder[..^3] : folder;
        return [folder, .. _scriptEndings.Select(e => bare + e)];
    }

    private static IEnumerable<string> FoldersAbove(string path)
    {
        for (string folder = Parent(path); ; folder = Parent(folder))
        {
            yield return folder;
            if (folder.Length == 0)
            {
                yield break;
            }
        }
    }

    private static string Parent(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";

    private static string Join(string folder, string name) => folder.Length == 0 ? name : name.Length == 0 ? folder : $"{folder}/{name}";
}
