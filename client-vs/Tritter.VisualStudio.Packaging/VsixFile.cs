namespace Tritter.VisualStudio.Packaging;

/// <summary>A file of the extension.</summary>
/// <param name="Name">Its path in the extension's folder, with '/'.</param>
internal sealed class VsixFile(string name, long length, Func<Stream> open)
{
    public VsixFile(string name, byte[] content)
        : this(name, content.Length, () => new MemoryStream(content, writable: false))
    {
    }

    public string Name => name;

    /// <summary>In bytes.</summary>
    public long Length => length;

    public Stream Open() => open();

    public static VsixFile At(string name, string path) =>
        File.Exists(path) ? new VsixFile(name, new FileInfo(path).Length, () => File.OpenRead(path)) : throw new PackagingException($"{path} is missing");
}
