using Tritter.Core.Syntax;

namespace Tritter.Core.Chunking;

/// <summary>A declaration in a tree, with what is wrapped around it.</summary>
/// <param name="Outer">The whole: with "export" and decorators.</param>
/// <param name="Inner">What declares.</param>
/// <param name="Names">Nodes of the declared names; none for a signature without a name.</param>
internal sealed record Declaration(Node Outer, Node Inner, ChunkKind Kind, IReadOnlyList<Node> Names)
{
    /// <summary>What holds its members, or its statements; null where there is none.</summary>
    public Node? Body => (Value ?? Inner).Child("body") ?? (Inner.Kind == "foreign_mod_item" ? Inner.ChildOfKind("declaration_list") : null);

    /// <summary>The names with commas; null for none.</summary>
    public string? Name => Names.Count == 0 ? null : string.Join(", ", Names.Select(n => n.Text.ToString()));

    /// <summary>"fn load(path: &amp;Path) -> Config": on one line, without attributes, body and value.</summary>
    public string Signature
    {
        get
        {
            int start = Outer.Children.Where(c => c.Kind is not ("decorator" or "comment")).Select(c => (int?)c.Start).FirstOrDefault() ?? Outer.Start;
            string source = Outer.Tree.Text[start..Math.Max(start, HeadEnd)];
            return string.Join(' ', source.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd(' ', ';', ':', '{', '=', ',');
        }
    }

    /// <summary>A function or class that a variable is set to.</summary>
    private Node? Value => Inner.ChildOfKind("variable_declarator")?.Child("value") is { Kind: "arrow_function" or "function_expression" or "generator_function" or "class" } value ? value
        : Inner.Child("value") is { Kind: "arrow_function" or "function_expression" } own ? own : null;

    private int HeadEnd => Inner.Kind switch
    {
        "struct_item" when Body is { Kind: "ordered_field_declaration_list" } body => body.End,
        "enum_variant" => Inner.End,
        "macro_definition" => Inner.Child("name")?.End ?? Inner.End,
        "assignment" => Inner.Child("right")?.Start ?? Inner.End,
        _ when Body is { } body => body.Start,
        "lexical_declaration" or "variable_declaration" => Inner.ChildOfKind("variable_declarator")?.Child("value")?.Start ?? Inner.End,
        _ => Inner.Child("value") is { } value && Inner.Kind != "type_alias_declaration" ? value.Start : Inner.End,
    };

    /// <summary>Sees through what is wrapped around a declaration.</summary>
    /// <param name="inType">Whether the node is a member of a type.</param>
    /// <returns>Null for what declares nothing.</returns>
    public static Declaration? Of(Node node, Outline outline, bool inType)
    {
        Node inner = node;
        while (!outline.Declares(inner) && outline.Wrappers.Contains(inner.Kind))
        {
            // A wrapper holds one declaration, and all that is before it is attached to it.
            if ((inner.Child("definition") ?? inner.Child("declaration") ?? inner.Child("value") ?? FirstDeclared(inner)) is not { } next)
            {
                return null;
            }

            inner = next;
        }

        if (!outline.Declares(inner) && !IsEnumMember(inner))
        {
            return null;
        }

        Node[] names = Named(inner);
        bool isType = outline.Types.Contains(inner.Kind);
        bool isFunction = !isType && (outline.Functions.Contains(inner.Kind) || new Declaration(node, inner, ChunkKind.Member, names).Value is { Kind: not "class" });
        bool isUseful = names.Length > 0 || isType || isFunction || inner.Kind == "index_signature";
        return !isUseful ? null : new Declaration(node, inner, isType ? ChunkKind.Type : isFunction && !inType ? ChunkKind.Function : ChunkKind.Member, names);

        Node? FirstDeclared(Node wrapper)
        {
            foreach (Node child in wrapper.Children)
            {
                if (outline.Declares(child) || outline.Wrappers.Contains(child.Kind))
                {
                    return child;
                }
            }

            return null;
        }
    }

    private static bool IsEnumMember(Node node) => node is { Kind: "property_identifier" or "string", Parent.Kind: "enum_body" };

    private static Node[] Named(Node inner) => inner.Kind switch
    {
        "impl_item" => [.. TypeName(inner.Child("type"))],
        "assignment" => inner.Child("left") is { Kind: "identifier" } left ? [left] : [],
        "field_definition" => [.. One(inner.Child("property"))],
        "property_identifier" or "string" => [inner],
        "lexical_declaration" or "variable_declaration" or "using_declaration" =>
            [.. inner.Children.Where(c => c.Kind == "variable_declarator").Select(c => c.Child("name")).Where(n => n is { Kind: "identifier" }).Select(n => n!.Value)],
        _ => [.. One(inner.Child("name"))],
    };

    /// <summary>"Box" of <c>impl Box&lt;T&gt;</c>.</summary>
    private static IEnumerable<Node> TypeName(Node? type)
    {
        while (type is { Kind: "generic_type" or "scoped_type_identifier" or "reference_type" } generic)
        {
            type = generic.Kind == "scoped_type_identifier" ? generic.Child("name") : generic.Child("type");
        }

        return One(type);
    }

    private static IEnumerable<Node> One(Node? node) => node is { } n && n.End > n.Start ? [n] : [];
}
