using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Tritter.VisualStudio.Packaging;

/// <summary>
/// Which versions of Visual Studio's assemblies ours ask for. Visual Studio's process redirects a request for an older version to its own, but
/// none for a newer one. The assemblies to compile against exist here only as of version 18, so their number is lowered to 17 in what is
/// packed; which members are used is in ReferencedMembers.txt.
/// </summary>
internal static class AssemblyReferences
{
    private const ushort NewestMajor = 18;
    private const ushort OldestMajor = 17;

    // The newest that Visual Studio 17.9 has, for whatever does not come with .NET Framework 4.7.2 itself.
    private static readonly Dictionary<string, Version> _oldest = new()
    {
        ["StreamJsonRpc"] = new(2, 17, 0, 0),
        ["Newtonsoft.Json"] = new(13, 0, 0, 0),
        ["netstandard"] = new(2, 0, 0, 0),
        ["Tritter.VisualStudio.Core"] = new(int.MaxValue, 0),
    };

    public static bool IsInOldestVisualStudio(AssemblyName reference) =>
        _oldest.TryGetValue(reference.Name!, out Version? newest) ? reference.Version! <= newest
        : IsOfVisualStudio(reference.Name!) ? reference.Version! <= new Version(OldestMajor, 0, 0, 0)
        : reference.Version! <= new Version(4, 0, 0, 0); // .NET Framework's own.

    public static IReadOnlyList<AssemblyName> Of(byte[] image)
    {
        using var pe = new PEReader(new MemoryStream(image));
        MetadataReader metadata = pe.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName())];
    }

    /// <summary>The same assembly with references to version 18 of Visual Studio's assemblies turned into ones to version 17.0.0.0.</summary>
    public static byte[] Lower(byte[] image)
    {
        var lowered = (byte[])image.Clone();
        using var pe = new PEReader(new MemoryStream(image));
        MetadataReader metadata = pe.GetMetadataReader();
        // ECMA-335 II.22.5: a row begins with the four parts of the version, two bytes each.
        int table = pe.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.AssemblyRef);
        int rowSize = metadata.GetTableRowSize(TableIndex.AssemblyRef);
        foreach (AssemblyReferenceHandle handle in metadata.AssemblyReferences)
        {
            AssemblyReference reference = metadata.GetAssemblyReference(handle);
            if (IsOfVisualStudio(metadata.GetString(reference.Name)) && reference.Version.Major == NewestMajor)
            {
                Span<byte> version = lowered.AsSpan(table + ((MetadataTokens.GetRowNumber(handle) - 1) * rowSize), 8);
                version.Clear();
                BinaryPrimitives.WriteUInt16LittleEndian(version, OldestMajor);
            }
        }

        return lowered;
    }

    private static bool IsOfVisualStudio(string name) => name.StartsWith("Microsoft.VisualStudio.", StringComparison.Ordinal);
}
