using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Tritter.Torch.Corpus;

/// <summary>The newest commit of a git directory, bare or not, read through git itself.</summary>
public sealed class GitRepository(string directory) : ISourceTree
{
    /// <summary>Whether a directory is itself a repository's: a folder inside of one is taken as a folder.</summary>
    public static bool IsAt(string directory) =>
        Path.Exists(Path.Combine(directory, ".git")) || (File.Exists(Path.Combine(directory, "HEAD")) && Directory.Exists(Path.Combine(directory, "objects")));

    /// <exception cref="IOException">git is missing or refuses the directory.</exception>
    public string Version() => Run("rev-parse", "HEAD").Trim();

    /// <exception cref="IOException">git is missing or refuses the directory.</exception>
    public IReadOnlyList<TreeEntry> Files()
    {
        var files = new List<TreeEntry>();
        foreach (string line in Run("ls-tree", "-r", "-l", "-z", "HEAD").Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            int tab = line.IndexOf('\t');
            string[] parts = line[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // Links and submodules are no text of this repository.
            if (parts[1] == "blob" && parts[0] != "120000" && long.TryParse(parts[3], out long bytes))
            {
                files.Add(new TreeEntry(parts[2], bytes, line[(tab + 1)..]));
            }
        }

        return files;
    }

    /// <summary>The bytes of each entry, in the order given; files that the snapshot lacks are left out.</summary>
    public IEnumerable<(TreeEntry Entry, byte[] Bytes)> Read(IReadOnlyList<TreeEntry> entries)
    {
        using Process git = Start("cat-file", "--batch");
        var asking = new Thread(() =>
        {
            using StreamWriter input = git.StandardInput;
            foreach (TreeEntry entry in entries)
            {
                input.Write(entry.Hash + "\n");
            }
        });
        asking.Start();
        using var output = new BufferedStream(git.StandardOutput.BaseStream, 1 << 20);
        foreach (TreeEntry entry in entries)
        {
            string header = ReadLine(output);
            string[] parts = header.Split(' ');
            if (parts.Length == 3)
            {
                byte[] bytes = new byte[int.Parse(parts[2])];
                output.ReadExactly(bytes);
                output.ReadByte();
                yield return (entry, bytes);
            }
        }

        asking.Join();
        git.WaitForExit();
    }

    private static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (int b = stream.ReadByte(); b >= 0 && b != '\n'; b = stream.ReadByte())
        {
            line.Append((char)b);
        }

        return line.ToString();
    }

    private string Run(params string[] arguments)
    {
        using Process git = Start(arguments);
        git.StandardInput.Close();
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output : throw new IOException($"{directory}: 'git {arguments[0]}' failed with code {git.ExitCode}");
    }

    private Process Start(params string[] arguments)
    {
        // Snapshots belong to whoever unpacked them; nothing of theirs is run.
        var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", "-c", "core.fsmonitor=false", .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new IOException("git is needed to read repositories: " + e.Message, e);
        }
    }
}
