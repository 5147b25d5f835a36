using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Tritter.VisualStudio.Packaging;

/// <summary>
/// An extension as Visual Studio's installer takes it: a zip of the Open Packaging Conventions with the manifest, a content type for each kind of
/// file, and the two lists in JSON (manifest.json of files, catalog.json of packages) that installers since version 15 read.
/// </summary>
internal static class Vsix
{
    private const string VsixManifest = "extension.vsixmanifest";
    private static readonly XNamespace _types = "http://schemas.openxmlformats.org/package/2006/content-types";
    private static readonly XNamespace _vsx = "http://schemas.microsoft.com/developer/vsx-schema/2011";

    /// <exception cref="PackagingException">The manifest is not valid, an asset of it is missing, or a file's name is not allowed.</exception>
    public static void Write(string path, string manifest, IReadOnlyList<VsixFile> files)
    {
        Check(manifest, files);
        XElement metadata = XDocument.Parse(manifest).Root!.Element(_vsx + "Metadata")!;
        VsixFile[] installed = [new(VsixManifest, Encoding.UTF8.GetBytes(manifest)), .. files];
        long size = installed.Sum(f => f.Length);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using FileStream output = File.Create(path);
        using var zip = new ZipArchive(output, ZipArchiveMode.Create);
        foreach (VsixFile file in installed)
        {
            Add(zip, file.Name, file.Open());
        }

        Add(zip, "manifest.json", Json(FileList(metadata, installed, size)));
        Add(zip, "catalog.json", Json(Catalog(metadata, Path.GetFileName(path), size)));
        Add(zip, "[Content_Types].xml", new MemoryStream(Encoding.UTF8.GetBytes(ContentTypes(installed.Select(f => f.Name)))));
    }

    private static void Check(string manifest, IReadOnlyList<VsixFile> files)
    {
        if (ManifestSchema.Errors(manifest) is [var error, ..])
        {
            throw new PackagingException($"{VsixManifest}, {error}");
        }

        HashSet<string> names = [.. files.Select(f => f.Name)];
        string[] needed = [.. XDocument.Parse(manifest).Descendants(_vsx + "Asset").Select(a => (string)a.Attribute("Path")!), .. XDocument.Parse(manifest).Descendants(_vsx + "License").Select(l => l.Value)];
        if (needed.FirstOrDefault(n => !names.Contains(n)) is { } missing)
        {
            throw new PackagingException($"{VsixManifest} names {missing}, which is not in the extension");
        }

        // Microsoft's documentation allows neither blanks nor what URIs reserve.
        if (names.FirstOrDefault(n => n.Any(c => !(char.IsAsciiLetterOrDigit(c) || "-._/".Contains(c, StringComparison.Ordinal)))) is { } bad)
        {
            throw new PackagingException($"the name {bad} is not allowed in a .vsix");
        }
    }

    private static string ContentTypes(IEnumerable<string> names)
    {
        string[] all = [.. names, "manifest.json", "catalog.json"];
        IEnumerable<XElement> defaults = all.Select(Path.GetExtension).Where(e => e is { Length: > 1 }).Select(e => e![1..].ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)
            .Select(e => new XElement(_types + "Default", new XAttribute("Extension", e), new XAttribute("ContentType", ContentType(e))));
        // A part without an extension needs its own entry.
        IEnumerable<XElement> overrides = all.Where(n => Path.GetExtension(n).Length <= 1)
            .Select(n => new XElement(_types + "Override", new XAttribute("PartName", "/" + n), new XAttribute("ContentType", "application/octet-stream")));
        return new XDeclaration("1.0", "utf-8", null) + "\n" + new XElement(_types + "Types", defaults, overrides);
    }

    private static string ContentType(string extension) => extension switch
    {
        "vsixmanifest" => "text/xml",
        "json" => "application/json",
        "txt" or "pkgdef" => "text/plain",
        _ => "application/octet-stream",
    };

    private static JsonObject FileList(XElement metadata, VsixFile[] files, long size) => new()
    {
        ["id"] = Identity(metadata, "Id"),
        ["version"] = Identity(metadata, "Version"),
        ["type"] = "Vsix",
        ["vsixId"] = Identity(metadata, "Id"),
        ["extensionDir"] = ExtensionFolder,
        ["files"] = new JsonArray([.. files.Select(f => new JsonObject { ["fileName"] = "/" + f.Name, ["sha256"] = null })]),
        ["installSizes"] = new JsonObject { ["targetDrive"] = size },
        ["dependencies"] = Prerequisites(metadata),
    };

    private static JsonObject Catalog(XElement metadata, string vsix, long size)
    {
        string id = Identity(metadata, "Id"), version = Identity(metadata, "Version");
        JsonObject dependencies = Prerequisites(metadata);
        dependencies[id] = version;
        return new JsonObject
        {
            ["manifestVersion"] = "1.1",
            ["info"] = new JsonObject { ["id"] = $"{id},version={version}", ["manifestType"] = "Extension" },
            ["packages"] = new JsonArray(
                new JsonObject
                {
                    ["id"] = "Component." + id,
                    ["version"] = version,
                    ["type"] = "Component",
                    ["extension"] = true,
                    ["dependencies"] = dependencies,
                    ["localizedResources"] = new JsonArray(new JsonObject
                    {
                        ["language"] = Identity(metadata, "Language"),
                        ["title"] = metadata.Element(_vsx + "DisplayName")!.Value,
                        ["description"] = metadata.Element(_vsx + "Description")!.Value,
                    }),
                },
                new JsonObject
                {
                    ["id"] = id,
                    ["version"] = version,
                    ["type"] = "Vsix",
                    ["payloads"] = new JsonArray(new JsonObject { ["fileName"] = vsix, ["size"] = size }),
                    ["vsixId"] = id,
                    ["extensionDir"] = ExtensionFolder,
                    ["installSizes"] = new JsonObject { ["targetDrive"] = size },
                }),
        };
    }

    // Below the folder of the Visual Studio that it is installed into; the last part is any name that no other extension has.
    private const string ExtensionFolder = @"[installdir]\Common7\IDE\Extensions\tritter.vs";

    private static string Identity(XElement metadata, string attribute) => (string)metadata.Element(_vsx + "Identity")!.Attribute(attribute)!;

    private static JsonObject Prerequisites(XElement metadata) => new(metadata.Parent!.Descendants(_vsx + "Prerequisite")
        .Select(p => KeyValuePair.Create((string)p.Attribute("Id")!, (JsonNode?)(string)p.Attribute("Version")!)));

    private static MemoryStream Json(JsonObject content) => new(JsonSerializer.SerializeToUtf8Bytes<JsonNode>(content));

    private static void Add(ZipArchive zip, string name, Stream content)
    {
        using Stream from = content;
        using Stream to = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
        from.CopyTo(to);
    }
}
