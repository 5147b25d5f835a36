using System.Collections.Immutable;
using Tritter.Server.State;

namespace Tritter.Server.Tests.Pure;

/// <summary>From URIs to the paths that the model sees.</summary>
public sealed class DocumentPathTests
{
    [Theory]
    [InlineData("file:///home/me/a.cs", "/home/me/a.cs")]
    [InlineData("file:///home/me/a%20b%23c.cs", "/home/me/a b#c.cs")]
    [InlineData("file:///home/me/100%25/%E6%BC%A2.py", "/home/me/100%/漢.py")]
    [InlineData("file:///home/me/50%.py", "/home/me/50%.py")]
    [InlineData("file:///c%3A/Users/me/a.cs", "c:/Users/me/a.cs")]
    [InlineData("file:///C:/Users/me/a.cs", "C:/Users/me/a.cs")]
    [InlineData("file://server/share/a.cs", "//server/share/a.cs")]
    [InlineData("file:/home/me/a.cs", "/home/me/a.cs")]
    [InlineData("untitled:Untitled-1", "Untitled-1")]
    [InlineData("untitled:/home/me/new.cs", "/home/me/new.cs")]
    [InlineData("vscode-notebook-cell:/home/me/n.ipynb#W0sZmlsZQ%3D%3D", "/home/me/n.ipynb")]
    [InlineData("git:/home/me/a.cs?%7B%22ref%22%3A%22~%22%7D", "/home/me/a.cs")]
    [InlineData("", "")]
    [InlineData("nonsense", "nonsense")]
    public void FromUri(string uri, string path) => Assert.Equal(path, DocumentPath.FromUri(uri));

    [Theory]
    [InlineData("file:///work/shop/src/Cart.cs", "src/Cart.cs", "shop")]
    [InlineData("file:///work/shop/tools/gen/main.py", "main.py", "gen")]
    [InlineData("file:///work/shopping/list.txt", "list.txt", null)]
    [InlineData("file:///work/shop", "shop", null)]
    [InlineData("file:///WORK/shop/a.cs", "a.cs", null)]
    [InlineData("file:///D%3A/Code/app/x.cs", "x.cs", "app")]
    [InlineData("file:///d:/CODE/app/x.cs", "x.cs", "app")]
    [InlineData("file:///etc/passwd", "passwd", null)]
    [InlineData("untitled:Untitled-1", "Untitled-1", null)]
    public void InWorkspace_IsRelativeToTheInnermostFolder(string uri, string path, string? repository)
    {
        ImmutableArray<Folder> folders = [new("/work/shop", "shop"), new("/work/shop/tools/gen", "gen"), new("d:/code/app", "app")];

        Assert.Equal((path, repository), DocumentPath.InWorkspace(uri, folders));
    }
}
