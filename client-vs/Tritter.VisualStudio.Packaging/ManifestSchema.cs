using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;

namespace Tritter.VisualStudio.Packaging;

/// <summary>Microsoft's schema of extension.vsixmanifest, from the package with the build tools.</summary>
internal static class ManifestSchema
{
    /// <returns>What is wrong with a manifest; empty when it is valid.</returns>
    public static IReadOnlyList<string> Errors(string manifest)
    {
        var errors = new List<string>();
        var schemas = new XmlSchemaSet { XmlResolver = new XmlUrlResolver() };
        schemas.Add(null, Path.Combine(AppContext.BaseDirectory, "schemas", "PackageManifestSchema.xsd"));
        XDocument.Parse(manifest, LoadOptions.SetLineInfo).Validate(schemas, (_, e) => errors.Add($"line {e.Exception.LineNumber}: {e.Message}"));
        return errors;
    }
}
