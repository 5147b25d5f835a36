namespace Tritter.Core.CSharp;

/// <summary>What kind of place a cursor is at.</summary>
public enum ScopeKind
{
    /// <summary>Inside a text, a comment, or where a new name is given: nothing that exists belongs here.</summary>
    None,

    /// <summary>Behind a dot.</summary>
    Member,

    /// <summary>Behind <c>new</c>.</summary>
    Creation,

    Type,
    Argument,
    Expression,
    Statement,
    Attribute,
    Using,

    /// <summary>Behind <c>override</c>.</summary>
    Override,

    /// <summary>Where a member or a type begins.</summary>
    Declaration,
}
