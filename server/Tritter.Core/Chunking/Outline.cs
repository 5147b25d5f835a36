using System.Collections.Frozen;
using Tritter.Core.Syntax;

namespace Tritter.Core.Chunking;

/// <summary>
/// Which nodes of a grammar are what: the difference between the languages that tree-sitter parses. <see cref="TreeUnits"/> and
/// <see cref="TreeSymbols"/> read every tree through it.
/// </summary>
internal sealed record Outline
{
    private static readonly Outline _python = new()
    {
        Separator = ".",
        Imports = Set("import_statement import_from_statement future_import_statement"),
        Types = Set("class_definition"),
        Functions = Set("function_definition"),
        Values = Set("assignment"),
        Wrappers = Set("decorated_definition expression_statement"),
        Attached = Set("comment decorator"),
        Blocks = Set("block"),
        References = Set("identifier"),
        Declared = Set("default_parameter/name typed_default_parameter/name keyword_argument/name for_statement/left for_in_clause/left parameters/ lambda_parameters/ typed_parameter/ list_splat_pattern/ dictionary_splat_pattern/ as_pattern_target/"),
    };

    private static readonly Outline _rust = new()
    {
        Separator = "::",
        Imports = Set("use_declaration extern_crate_declaration"),
        Namespaces = Set("mod_item foreign_mod_item"),
        Types = Set("struct_item enum_item union_item trait_item impl_item type_item associated_type"),
        Functions = Set("function_item function_signature_item macro_definition"),
        Values = Set("const_item static_item field_declaration enum_variant"),
        Attached = Set("line_comment block_comment attribute_item inner_attribute_item shebang"),
        Blocks = Set("block match_block"),
        References = Set("identifier type_identifier field_identifier shorthand_field_identifier"),
        Declared = Set("let_declaration/pattern parameter/pattern for_expression/pattern closure_parameters/ type_parameter/name const_parameter/name"),
    };

    private static readonly Outline _typeScript = new()
    {
        Separator = ".",
        Imports = Set("import_statement import_alias"),
        Namespaces = Set("internal_module module"),
        Types = Set("class_declaration abstract_class_declaration class interface_declaration enum_declaration type_alias_declaration"),
        Functions = Set("function_declaration generator_function_declaration function_expression generator_function function_signature method_definition method_signature abstract_method_signature call_signature construct_signature arrow_function"),
        Values = Set("lexical_declaration variable_declaration using_declaration public_field_definition field_definition property_signature index_signature enum_assignment"),
        Wrappers = Set("export_statement ambient_declaration expression_statement"),
        Attached = Set("comment decorator hash_bang_line"),
        Blocks = Set("statement_block switch_body class_static_block"),
        References = Set("identifier type_identifier property_identifier private_property_identifier shorthand_property_identifier"),
        Declared = Set("variable_declarator/name required_parameter/pattern optional_parameter/pattern formal_parameters/ arrow_function/parameter catch_clause/parameter type_parameter/name for_in_statement/left pair/key enum_body/ enum_body/name field_definition/property rest_pattern/"),
    };

    /// <summary>Between the parts of a qualified name.</summary>
    public required string Separator { get; init; }

    public required FrozenSet<string> Imports { get; init; }

    /// <summary>Their members stand in the file as if they were not there, but for their names.</summary>
    public FrozenSet<string> Namespaces { get; init; } = [];

    public required FrozenSet<string> Types { get; init; }

    public required FrozenSet<string> Functions { get; init; }

    /// <summary>Constants, fields, module variables.</summary>
    public required FrozenSet<string> Values { get; init; }

    /// <summary>Nodes around a declaration that belong to it.</summary>
    public FrozenSet<string> Wrappers { get; init; } = [];

    /// <summary>Nodes before a declaration that belong to it.</summary>
    public required FrozenSet<string> Attached { get; init; }

    /// <summary>Nodes whose children are statements.</summary>
    public required FrozenSet<string> Blocks { get; init; }

    /// <summary>Nodes that are names.</summary>
    public required FrozenSet<string> References { get; init; }

    /// <summary>Where a name is declared, not used, beside the declarations above: "parent/field".</summary>
    public required FrozenSet<string> Declared { get; init; }

    public static Outline Of(Grammar grammar) => grammar.Name switch { "python" => _python, "rust" => _rust, _ => _typeScript };

    /// <summary>Whether the node declares something.</summary>
    public bool Declares(Node node) => Types.Contains(node.Kind) || Functions.Contains(node.Kind) || Values.Contains(node.Kind);

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet();
}
