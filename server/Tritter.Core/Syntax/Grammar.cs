using System.Runtime.InteropServices;
using Tritter.Core.Documents;

namespace Tritter.Core.Syntax;

/// <summary>A language that tree-sitter parses. Immutable, for any thread.</summary>
internal sealed class Grammar
{
    private static readonly Lazy<Grammar> _python = new(() => new Grammar("python", TreeSitterApi.Python()));
    private static readonly Lazy<Grammar> _rust = new(() => new Grammar("rust", TreeSitterApi.Rust()));
    private static readonly Lazy<Grammar> _typeScript = new(() => new Grammar("typescript", TreeSitterApi.TypeScript()));
    private static readonly Lazy<Grammar> _tsx = new(() => new Grammar("typescript", TreeSitterApi.Tsx()));
    private static readonly Lazy<Grammar> _javaScript = new(() => new Grammar("javascript", TreeSitterApi.JavaScript()));

    private readonly string[] _kinds;
    private readonly string[] _fields;

    private Grammar(string name, nint language)
    {
        Name = name;
        Language = language;
        _kinds = [.. Enumerable.Range(0, (int)TreeSitterApi.SymbolCount(language)).Select(i => Text(TreeSitterApi.SymbolName(language, (ushort)i)))];
        _fields = [.. Enumerable.Range(0, (int)TreeSitterApi.FieldCount(language) + 1).Select(i => Text(TreeSitterApi.FieldName(language, (ushort)i)))];
    }

    /// <summary>python, rust, typescript (TSX too) or javascript (JSX too).</summary>
    public string Name { get; }

    /// <summary>The TSLanguage, which lives as long as the process.</summary>
    public nint Language { get; }

    /// <summary>The grammar of an editor's language id; null where there is none, and for every language while <see cref="TreeSitter.Missing"/> has a reason.</summary>
    public static Grammar? OfLanguage(string languageId) => TreeSitter.Missing is not null ? null : languageId switch
    {
        "python" => _python.Value,
        "rust" => _rust.Value,
        "typescript" => _typeScript.Value,
        "typescriptreact" => _tsx.Value,
        "javascript" or "javascriptreact" => _javaScript.Value,
        _ => null,
    };

    /// <inheritdoc cref="OfLanguage"/>
    public static Grammar? OfPath(string path) => OfLanguage(Languages.OfPath(path));

    /// <summary>The name of a kind of node, such as function_definition; "ERROR" for what could not be parsed.</summary>
    public string Kind(ushort symbol) => symbol < _kinds.Length ? _kinds[symbol] : "ERROR";

    /// <summary>The name of a child's role, such as body; empty for none.</summary>
    public string Field(ushort field) => _fields[field];

    private static string Text(nint name) => name == 0 ? "" : string.Intern(Marshal.PtrToStringUTF8(name)!);
}
