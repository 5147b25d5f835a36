namespace Tritter.Core.Chunking;

/// <summary>What a chunk is.</summary>
public enum ChunkKind
{
    /// <summary>Lines of a text whose syntax is not known, or text between the syntactic units.</summary>
    Lines,

    /// <summary>Using directives, imports, use declarations.</summary>
    Imports,

    /// <summary>A type with all its members.</summary>
    Type,

    /// <summary>What stands before the first member of a type whose members have chunks of their own.</summary>
    TypeHeader,

    /// <summary>A method, property, field or other part of a type.</summary>
    Member,

    /// <summary>A function outside of a type.</summary>
    Function,

    /// <summary>A Markdown heading with the text under it.</summary>
    Section,
}
