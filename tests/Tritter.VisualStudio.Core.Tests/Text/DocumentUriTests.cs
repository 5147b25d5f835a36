using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Tests.Text;

public sealed class DocumentUriTests
{
    [Theory]
    [InlineData(@"C:\src\a b\c#100%.cs", "file:///C:/src/a%20b/c%23100%25.cs")]
    [InlineData(@"\\server\share\ä.py", "file://server/share/%C3%A4.py")]
    [InlineData("/home/me/x.rs", "file:///home/me/x.rs")]
    public void Paths_BecomeUrisAndComeBack(string path, string uri)
    {
        Assert.Equal(uri, DocumentUri.Of(path));
        Assert.Equal(path, DocumentUri.ToPath(uri));
    }

    [Fact]
    public void EscapedDriveColons_AreDriveColons() => Assert.Equal(@"c:\x.cs", DocumentUri.ToPath("file:///c%3A/x.cs"));

    [Fact]
    public void OtherUris_AreNoFiles() => Assert.Null(DocumentUri.ToPath("untitled:Untitled-1"));

    [Theory]
    [InlineData("Cart.CS", "csharp")]
    [InlineData("a.test.tsx", "typescriptreact")]
    [InlineData("README", null)]
    [InlineData("photo.png", null)]
    public void Languages_AreKnownByTheEndOfTheName(string path, string? expected) => Assert.Equal(expected, LanguageIds.OfPath(path));

    [Fact]
    public void TheRepositoryOfThisFile_IsTheCheckout() =>
        Assert.Equal(Checkout.Root, RepositoryFolder.Of(Path.Combine(Checkout.Root, "client-vs", "Tritter.VisualStudio.Core", "Text", "LineMap.cs")));

    [Fact]
    public void AFileInNoFolder_HasNoRepository() => Assert.Null(RepositoryFolder.Of("/no/such/folder/a.cs"));
}
