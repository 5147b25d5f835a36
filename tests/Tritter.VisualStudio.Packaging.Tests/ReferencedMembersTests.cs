using Tritter.VisualStudio.Packaging;

namespace Tritter.VisualStudio.Packaging.Tests;

/// <summary>What a wrong signature breaks only at run time is at least known, and changes on purpose.</summary>
public sealed class ReferencedMembersTests
{
    private static string Expected => Path.Combine(Checkout.Root, "client-vs", "ReferencedMembers.txt");

    /// <summary>Between a member and where it was seen.</summary>
    private const string Mark = "  # ";

    private static readonly string[] _stubbed =
        ["Microsoft.VisualStudio.CoreUtility", "Microsoft.VisualStudio.Language", "Microsoft.VisualStudio.Text.Data", "Microsoft.VisualStudio.Text.Logic", "Microsoft.VisualStudio.Text.UI"];

    [Fact]
    public void MembersThatMustExistInVisualStudio_AreThoseOfTheList()
    {
        IReadOnlyList<string> used = ReferencedMembers.Of(ExtensionContents.Assemblies(Checkout.Root));
        if (Environment.GetEnvironmentVariable("UPDATE_EXPECT") == "1")
        {
            // Where the known ones were seen stays; new ones have to be looked up.
            Dictionary<string, string> known = File.ReadAllLines(Expected).ToDictionary(Member);
            File.WriteAllLines(Expected, used.Select(member => known.GetValueOrDefault(member, member)));
        }

        Assert.Equal(File.ReadAllLines(Expected).Select(Member), used);
    }

    /// <summary>The stubs are written by hand: of each member that ours use through them stands where its declaration was read.</summary>
    [Fact]
    public void EveryMemberOfAStub_SaysWhereItWasSeen()
    {
        string[] lines = [.. File.ReadAllLines(Expected).Where(line => _stubbed.Contains(line.Split(':')[0]))];

        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Matches(@"  # (?:editor: \S+\.cs|learn: microsoft\.visualstudio\.\S+(?: \(.+\))?)$", line));
    }

    private static string Member(string line) => line.Split(Mark)[0];

    [Fact]
    public void TheCore_KnowsNothingOfVisualStudio() =>
        Assert.DoesNotContain(
            AssemblyReferences.Of(File.ReadAllBytes(ExtensionContents.Assemblies(Checkout.Root).Last())),
            reference => reference.Name!.StartsWith("Microsoft.VisualStudio", StringComparison.Ordinal));

    [Fact]
    public void ThePackage_LoadsWithoutTheEditorsAssemblies() =>
        Assert.DoesNotContain(
            AssemblyReferences.Of(File.ReadAllBytes(ExtensionContents.Assemblies(Checkout.Root).First())),
            reference => reference.Name!.StartsWith("Microsoft.VisualStudio.Text", StringComparison.Ordinal)
                || reference.Name is "Microsoft.VisualStudio.Language" or "Microsoft.VisualStudio.CoreUtility" or "Tritter.VisualStudio.Editor");

    [Fact]
    public void PackedAssemblies_AskForNothingNewerThanVisualStudio17Has()
    {
        Assert.All(ExtensionContents.Assemblies(Checkout.Root), path =>
        {
            byte[] built = File.ReadAllBytes(path), packed = AssemblyReferences.Lower(built);

            Assert.All(AssemblyReferences.Of(packed), r => Assert.True(AssemblyReferences.IsInOldestVisualStudio(r), $"{Path.GetFileName(path)}: {r}"));
            Assert.Equal(AssemblyReferences.Of(built).Select(r => r.Name), AssemblyReferences.Of(packed).Select(r => r.Name));
            // Nothing else changes: two bytes of a major version and six of the rest, for each reference that is lowered.
            int lowered = AssemblyReferences.Of(built).Count(r => !AssemblyReferences.IsInOldestVisualStudio(r));
            Assert.InRange(built.Zip(packed).Count(p => p.First != p.Second), lowered, 8 * lowered);
        });
    }
}
