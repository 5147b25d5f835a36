using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Tritter.VisualStudio.Packaging;

namespace Tritter.VisualStudio.Packaging.Tests;

public sealed class VsixTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tritter-vsix-").FullName;

    [Fact]
    public void TheExtension_HasEverythingThatItsManifestNames()
    {
        using ZipArchive zip = Pack();
        string[] names = [.. zip.Entries.Select(e => e.FullName)];

        Assert.Subset(
            names.ToHashSet(),
            new HashSet<string>
            {
                "[Content_Types].xml", "extension.vsixmanifest", "manifest.json", "catalog.json", "Tritter.pkgdef", "LICENSE.txt", "Tritter.VisualStudio.dll",
                "Tritter.VisualStudio.Editor.dll", "Tritter.VisualStudio.Core.dll", "server/tritter.exe", "server/lib/more", "model/config.json", "model/model.safetensors",
            });
        // Visual Studio's own assemblies, and stubs of them above all, stay out.
        Assert.All(names.Where(n => !n.Contains('/', StringComparison.Ordinal) && n.EndsWith(".dll", StringComparison.Ordinal)), n => Assert.StartsWith("Tritter.", n, StringComparison.Ordinal));
    }

    [Fact]
    public void EveryPart_HasAContentType()
    {
        using ZipArchive zip = Pack();
        XElement types = XElement.Parse(Text(zip, "[Content_Types].xml"));
        HashSet<string> extensions = [.. types.Elements().Select(e => (string?)e.Attribute("Extension")).OfType<string>()];
        HashSet<string> parts = [.. types.Elements().Select(e => (string?)e.Attribute("PartName")).OfType<string>()];

        Assert.All(zip.Entries.Where(e => e.Name != "[Content_Types].xml"), e =>
            Assert.True(extensions.Contains(Path.GetExtension(e.Name).TrimStart('.')) || parts.Contains("/" + e.FullName), e.FullName));
    }

    [Fact]
    public void TheListOfFiles_IsWhatIsInstalled()
    {
        using ZipArchive zip = Pack();
        JsonNode list = JsonNode.Parse(Text(zip, "manifest.json"))!;
        string[] notInstalled = ["[Content_Types].xml", "manifest.json", "catalog.json"];
        ZipArchiveEntry[] installed = [.. zip.Entries.Where(e => !notInstalled.Contains(e.FullName))];

        Assert.Equal(installed.Select(e => "/" + e.FullName), list["files"]!.AsArray().Select(f => (string)f!["fileName"]!));
        Assert.Equal(installed.Sum(e => e.Length), (long)list["installSizes"]!["targetDrive"]!);
        JsonNode catalog = JsonNode.Parse(Text(zip, "catalog.json"))!;
        Assert.Equal(["Component.Tritter.VisualStudio", "Tritter.VisualStudio"], catalog["packages"]!.AsArray().Select(p => (string)p!["id"]!));
        Assert.Equal("test.vsix", (string)catalog["packages"]![1]!["payloads"]![0]!["fileName"]!);
    }

    [Fact]
    public void TheManifest_IsValid()
    {
        Assert.Empty(ManifestSchema.Errors(ExtensionContents.Manifest(Checkout.Root)));
        Assert.DoesNotContain("$version$", ExtensionContents.Manifest(Checkout.Root), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<Identity ", "<Thing /><Identity ")]
    [InlineData("Version=\"2.0.0\"", "")]
    [InlineData("<DisplayName>Tritter</DisplayName>", "")]
    [InlineData("<Assets>", "<Assets><Thing />")]
    public void AWrongManifest_IsRefused(string text, string replacement)
    {
        string wrong = ExtensionContents.Manifest(Checkout.Root).Replace(text, replacement, StringComparison.Ordinal);

        PackagingException error = Assert.Throws<PackagingException>(() => Vsix.Write(Path.Combine(_folder, "x.vsix"), wrong, []));

        Assert.Contains("line ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b.txt")]
    [InlineData("a#b.txt")]
    public void NamesThatTheInstallerRefuses_AreRefused(string name)
    {
        VsixFile[] files = [.. new[] { "Tritter.pkgdef", "Tritter.VisualStudio.Editor.dll", "LICENSE.txt", name }.Select(n => new VsixFile(n, []))];

        Assert.Throws<PackagingException>(() => Vsix.Write(Path.Combine(_folder, "x.vsix"), ExtensionContents.Manifest(Checkout.Root), files));
    }

    [Fact]
    public void AMissingAsset_IsRefused() =>
        Assert.Contains(
            "Tritter.pkgdef", Assert.Throws<PackagingException>(() => Vsix.Write(Path.Combine(_folder, "x.vsix"), ExtensionContents.Manifest(Checkout.Root), [])).Message, StringComparison.Ordinal);

    [Fact]
    public void AServerForAnotherSystem_IsRefused()
    {
        File.WriteAllText(Path.Combine(_folder, "tritter"), "");

        Assert.Contains("win-x64", Assert.Throws<PackagingException>(() => ExtensionContents.Of(Checkout.Root, _folder, Checkout.EmbeddedModel)).Message, StringComparison.Ordinal);
    }

    /// <summary>The registration is text, since the tool that makes it from the attributes runs on Windows only.</summary>
    [Fact]
    public void TheRegistration_NamesWhatTheClassesAreMarkedWith()
    {
        string folder = Path.Combine(Checkout.Root, "client-vs", "Tritter.VisualStudio");
        string registration = File.ReadAllText(Path.Combine(folder, "Tritter.pkgdef"));
        string package = File.ReadAllText(Path.Combine(folder, "TritterPackage.cs"));

        string Guid(string text) => System.Text.RegularExpressions.Regex.Match(text, "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").Value;
        string PackageConstant(string name) => Guid(package[package.IndexOf($"string {name} =", StringComparison.Ordinal)..]);
        string ClassGuid(string file) => Guid(File.ReadAllText(Path.Combine(folder, file)));
        Assert.Contains($@"\Packages\{{{PackageConstant("PackageGuid")}}}]", registration, StringComparison.Ordinal);
        Assert.Contains($@"\AutoLoadPackages\{{{PackageConstant("SolutionExists")}}}]", registration, StringComparison.Ordinal);
        Assert.Contains($@"\AutoLoadPackages\{{{PackageConstant("NoSolution")}}}]", registration, StringComparison.Ordinal);
        Assert.Contains($"\"Page\"=\"{{{ClassGuid("TritterOptions.cs")}}}\"", registration, StringComparison.Ordinal);
        Assert.Contains($@"\ToolWindows\{{{ClassGuid("AnswerWindow.cs")}}}]", registration, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ZipArchive Pack()
    {
        string server = Path.Combine(_folder, "server"), model = Path.Combine(_folder, "model"), vsix = Path.Combine(_folder, "test.vsix");
        Directory.CreateDirectory(Path.Combine(server, "lib"));
        Directory.CreateDirectory(model);
        File.WriteAllText(Path.Combine(server, "tritter.exe"), "program");
        File.WriteAllText(Path.Combine(server, "lib", "more"), "a file without an extension");
        foreach (string file in new[] { "config.json", "generation_config.json", "tokenizer.json", "model.safetensors", "TRAINING.md" })
        {
            File.WriteAllText(Path.Combine(model, file), file);
        }

        Vsix.Write(vsix, ExtensionContents.Manifest(Checkout.Root), ExtensionContents.Of(Checkout.Root, server, model));
        return ZipFile.OpenRead(vsix);
    }

    private static string Text(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(zip.GetEntry(name)!.Open(), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
