using System.Text;

namespace Tritter.Torch.Corpus;

/// <summary>A text of a repository, with what it is compared by.</summary>
internal sealed record Candidate(SourceFile File, (UInt128 Exact, uint[]? MinHash) Print);

/// <summary>What was found in one repository, before texts of other repositories count.</summary>
/// <param name="Licence">null where no permissive one stands at the root: then nothing is taken.</param>
/// <param name="Version">The commit; empty for a folder.</param>
internal sealed record ScannedRepository(string? Licence, string Version, IReadOnlyList<Candidate> Files)
{
    private const int Format = 1;

    /// <summary>Keeps what was found for a build that is interrupted; the file has its name only when it is whole.</summary>
    public void Save(string path)
    {
        using (var writer = new BinaryWriter(File.Create(path + ".part"), Encoding.UTF8))
        {
            writer.Write(Format);
            writer.Write(Version);
            writer.Write(Licence ?? "");
            writer.Write(Files.Count);
            foreach ((SourceFile file, (UInt128 exact, uint[]? minHash)) in Files)
            {
                writer.Write(file.Repository);
                writer.Write(file.Path);
                writer.Write(file.Language);
                writer.Write(file.Text);
                writer.Write((ulong)(exact >> 64));
                writer.Write((ulong)exact);
                writer.Write(minHash?.Length ?? 0);
                foreach (uint number in minHash ?? [])
                {
                    writer.Write(number);
                }
            }
        }

        File.Move(path + ".part", path, overwrite: true);
    }

    /// <returns>null when there is no such file, or it is of another version or cannot be read: then the repository is scanned again.</returns>
    public static ScannedRepository? Load(string path, string version)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
            if (reader.ReadInt32() != Format || reader.ReadString() != version)
            {
                return null;
            }

            string licence = reader.ReadString();
            var files = new Candidate[reader.ReadInt32()];
            for (int i = 0; i < files.Length; i++)
            {
                var file = new SourceFile(reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString());
                var exact = new UInt128(reader.ReadUInt64(), reader.ReadUInt64());
                uint[] minHash = new uint[reader.ReadInt32()];
                for (int k = 0; k < minHash.Length; k++)
                {
                    minHash[k] = reader.ReadUInt32();
                }

                files[i] = new Candidate(file, (exact, minHash.Length == 0 ? null : minHash));
            }

            return new ScannedRepository(licence.Length == 0 ? null : licence, version, files);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
