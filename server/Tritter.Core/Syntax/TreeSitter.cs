namespace Tritter.Core.Syntax;

/// <summary>Whether the native parsers are there: a library next to the program, made by scripts/tree-sitter.mjs. All else works without it.</summary>
public static class TreeSitter
{
    /// <summary>Why files of Python, Rust, TypeScript and JavaScript are read by lines only, on one line; null when they are parsed. The first use loads the library.</summary>
    public static string? Missing { get; } = Probe();

    /// <summary>The same for one language: null where it is parsed, or never is.</summary>
    public static string? MissingFor(string languageId) =>
        languageId is "python" or "rust" or "typescript" or "typescriptreact" or "javascript" or "javascriptreact" ? Missing : null;

    private static string? Probe()
    {
        try
        {
            _ = TreeSitterApi.SymbolCount(TreeSitterApi.Python());
            return null;
        }
        catch (DllNotFoundException)
        {
            return $"{TreeSitterApi.Library} was not found next to {AppContext.BaseDirectory}: build with `npm run build` where a C compiler is installed";
        }
        catch (Exception e) when (e is EntryPointNotFoundException or BadImageFormatException)
        {
            return $"{TreeSitterApi.Library} cannot be used: {e.Message.ReplaceLineEndings(" ")}";
        }
    }
}
