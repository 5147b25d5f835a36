namespace Tritter.Server.Tests.CommandLine;

/// <summary>A temporary folder with source files; deleted at the end of the test.</summary>
internal sealed class SourceFolder : IDisposable
{
    // The real path: a temporary folder may lie behind a symbolic link, and the process prints where it really is.
    public string Path { get; } = Directory.CreateTempSubdirectory("tritter-test-").FullName;

    /// <summary>Writes <paramref name="source"/> without its <c>$0</c> and returns NAME:LINE:COL of that mark.</summary>
    public string Add(string name, string source)
    {
        int offset = source.IndexOf("$0", StringComparison.Ordinal);
        string before = source[..offset];
        Write(name, before + source[(offset + 2)..]);
        int line = before.Count(c => c == '\n') + 1;
        return $"{name}:{line}:{offset - before.LastIndexOf('\n')}";
    }

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(System.IO.Path.Combine(Path, name), bytes);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
