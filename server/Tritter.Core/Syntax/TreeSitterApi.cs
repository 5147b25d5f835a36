using System.Runtime.InteropServices;

namespace Tritter.Core.Syntax;

/// <summary>The functions of tree-sitter that are used here (tree_sitter/api.h of 0.25). Offsets are bytes of UTF-16: twice ours.</summary>
internal static unsafe partial class TreeSitterApi
{
    public const string Library = "tritter-tree-sitter";

    public const int Utf16LittleEndian = 1;

    [LibraryImport(Library, EntryPoint = "tree_sitter_python")]
    public static partial nint Python();

    [LibraryImport(Library, EntryPoint = "tree_sitter_rust")]
    public static partial nint Rust();

    [LibraryImport(Library, EntryPoint = "tree_sitter_typescript")]
    public static partial nint TypeScript();

    [LibraryImport(Library, EntryPoint = "tree_sitter_tsx")]
    public static partial nint Tsx();

    [LibraryImport(Library, EntryPoint = "tree_sitter_javascript")]
    public static partial nint JavaScript();

    [LibraryImport(Library, EntryPoint = "ts_language_symbol_count")]
    public static partial uint SymbolCount(nint language);

    [LibraryImport(Library, EntryPoint = "ts_language_symbol_name")]
    public static partial nint SymbolName(nint language, ushort symbol);

    [LibraryImport(Library, EntryPoint = "ts_language_field_count")]
    public static partial uint FieldCount(nint language);

    [LibraryImport(Library, EntryPoint = "ts_language_field_name_for_id")]
    public static partial nint FieldName(nint language, ushort field);

    [LibraryImport(Library, EntryPoint = "ts_parser_new")]
    public static partial ParserHandle NewParser();

    [LibraryImport(Library, EntryPoint = "ts_parser_delete")]
    public static partial void DeleteParser(nint parser);

    [LibraryImport(Library, EntryPoint = "ts_parser_set_language")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool SetLanguage(ParserHandle parser, nint language);

    [LibraryImport(Library, EntryPoint = "ts_parser_set_timeout_micros")]
    public static partial void SetTimeout(ParserHandle parser, ulong microseconds);

    /// <param name="flag">Read now and then while parsing: what is not 0 ends it.</param>
    [LibraryImport(Library, EntryPoint = "ts_parser_set_cancellation_flag")]
    public static partial void SetCancellationFlag(ParserHandle parser, nuint* flag);

    /// <param name="oldTree">An edited tree to take parts of, or an invalid handle.</param>
    /// <returns>An invalid handle when time ran out or it was cancelled.</returns>
    [LibraryImport(Library, EntryPoint = "ts_parser_parse_string_encoding")]
    public static partial TreeHandle Parse(ParserHandle parser, nint oldTree, char* text, uint bytes, int encoding);

    [LibraryImport(Library, EntryPoint = "ts_tree_delete")]
    public static partial void DeleteTree(nint tree);

    [LibraryImport(Library, EntryPoint = "ts_tree_copy")]
    public static partial TreeHandle Copy(TreeHandle tree);

    [LibraryImport(Library, EntryPoint = "ts_tree_edit")]
    public static partial void Edit(TreeHandle tree, TreeSitterEdit* edit);

    [LibraryImport(Library, EntryPoint = "ts_tree_root_node")]
    public static partial TreeSitterNode Root(TreeHandle tree);

    [LibraryImport(Library, EntryPoint = "ts_node_symbol")]
    public static partial ushort Symbol(TreeSitterNode node);

    [LibraryImport(Library, EntryPoint = "ts_node_start_byte")]
    public static partial uint Start(TreeSitterNode node);

    [LibraryImport(Library, EntryPoint = "ts_node_end_byte")]
    public static partial uint End(TreeSitterNode node);

    [LibraryImport(Library, EntryPoint = "ts_node_is_named")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool IsNamed(TreeSitterNode node);

    [LibraryImport(Library, EntryPoint = "ts_node_is_missing")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool IsMissing(TreeSitterNode node);

    [LibraryImport(Library, EntryPoint = "ts_node_is_error")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool IsError(TreeSitterNode node);

    [LibraryImport(Library, EntryPoint = "ts_node_has_error")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool HasError(TreeSitterNode node);

    [LibraryImport(Library, EntryPoint = "ts_tree_cursor_new")]
    public static partial TreeSitterCursor NewCursor(TreeSitterNode node);

    [LibraryImport(Library, EntryPoint = "ts_tree_cursor_delete")]
    public static partial void DeleteCursor(TreeSitterCursor* cursor);

    [LibraryImport(Library, EntryPoint = "ts_tree_cursor_current_node")]
    public static partial TreeSitterNode CurrentNode(TreeSitterCursor* cursor);

    [LibraryImport(Library, EntryPoint = "ts_tree_cursor_current_field_id")]
    public static partial ushort CurrentField(TreeSitterCursor* cursor);

    [LibraryImport(Library, EntryPoint = "ts_tree_cursor_goto_first_child")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool GotoFirstChild(TreeSitterCursor* cursor);

    [LibraryImport(Library, EntryPoint = "ts_tree_cursor_goto_next_sibling")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool GotoNextSibling(TreeSitterCursor* cursor);

    [LibraryImport(Library, EntryPoint = "ts_tree_cursor_goto_parent")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool GotoParent(TreeSitterCursor* cursor);
}

/// <summary>TSNode.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct TreeSitterNode
{
    private readonly uint _context0, _context1, _context2, _context3;
    private readonly nint _id, _tree;
}

/// <summary>TSTreeCursor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct TreeSitterCursor
{
    private readonly nint _tree, _id;
    private readonly uint _context0, _context1, _context2;
}

/// <summary>TSInputEdit: bytes, then rows with columns in bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct TreeSitterEdit(uint Start, uint OldEnd, uint NewEnd, TreeSitterPoint StartPoint, TreeSitterPoint OldEndPoint, TreeSitterPoint NewEndPoint);

/// <summary>TSPoint.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct TreeSitterPoint(uint Row, uint Column);

/// <summary>A TSParser, freed with it.</summary>
internal sealed class ParserHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        TreeSitterApi.DeleteParser(handle);
        return true;
    }
}

/// <summary>A TSTree, freed with it. Used by one thread at a time.</summary>
internal sealed class TreeHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        TreeSitterApi.DeleteTree(handle);
        return true;
    }
}
