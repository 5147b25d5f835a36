using Tritter.VisualStudio.Packaging;

// tritter-vsix REPOSITORY SERVER-FOLDER MODEL-FOLDER OUTPUT.vsix; called by scripts/package-vs.mjs.
if (args is not [var repository, var server, var model, var output])
{
    await Console.Error.WriteLineAsync("usage: tritter-vsix REPOSITORY SERVER-FOLDER MODEL-FOLDER OUTPUT.vsix");
    return 2;
}

try
{
    IReadOnlyList<VsixFile> files = ExtensionContents.Of(repository, server, model);
    Vsix.Write(output, ExtensionContents.Manifest(repository), files);
    await Console.Out.WriteLineAsync($"{output}: {files.Count} files, {new FileInfo(output).Length / 1e6:0.0} MB");
    return 0;
}
catch (Exception e) when (e is PackagingException or IOException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
