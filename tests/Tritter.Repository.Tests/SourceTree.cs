using System.Diagnostics;

namespace Tritter.Repository.Tests;

/// <summary>A folder of files that goes away with the test.</summary>
internal sealed class SourceTree : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("tritter-tree").FullName;

    public SourceTree() => Directory.CreateDirectory(Root);

    public string Root => Path.Combine(_parent, "repository");

    /// <summary>Beside the repository, for what must not be inside of it.</summary>
    public string Beside(string name) => Path.Combine(_parent, name);

    public SourceTree Write(string path, string text)
    {
        string full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return this;
    }

    public void Delete(string path) => File.Delete(Path.Combine(Root, path));

    /// <returns>Exit code and output.</returns>
    public (int Code, string Out) Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-C", Root, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process git = Process.Start(start)!;
        string output = git.StandardOutput.ReadToEnd();
        git.StandardError.ReadToEnd();
        git.WaitForExit();
        return (git.ExitCode, output);
    }

    public void Dispose()
    {
        // Git's objects are read-only, which Windows does not delete.
        foreach (string file in Directory.EnumerateFiles(_parent, "*", SearchOption.AllDirectories))
        {
            if (new FileInfo(file).LinkTarget is null)
            {
                File.SetAttributes(file, FileAttributes.Normal);
            }
        }

        Directory.Delete(_parent, recursive: true);
    }
}
