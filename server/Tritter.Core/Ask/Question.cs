namespace Tritter.Core.Ask;

/// <summary>What is asked.</summary>
public enum QuestionKind
{
    /// <summary>Where something is declared and what it is.</summary>
    Definition,

    /// <summary>Where something is used.</summary>
    References,

    /// <summary>Where something is assigned.</summary>
    Writes,

    /// <summary>What calls something.</summary>
    Callers,

    /// <summary>What something calls.</summary>
    Callees,

    /// <summary>How one thing gets to another by calls.</summary>
    Path,

    /// <summary>What implements, derives from or overrides something.</summary>
    Implementers,

    /// <summary>What a change of something may break.</summary>
    Impact,

    /// <summary>Which value something has.</summary>
    Value,

    /// <summary>What is in a file.</summary>
    File,

    /// <summary>How something is used, by example.</summary>
    Example,

    /// <summary>Which tests exercise something.</summary>
    Tests,

    /// <summary>Anything else: found by words.</summary>
    Search,
}

/// <summary>A question as it was understood.</summary>
/// <param name="Subject">The name it is about, as written; null when it names nothing.</param>
/// <param name="Target">Of <see cref="QuestionKind.Path"/>, where to.</param>
public sealed record Question(QuestionKind Kind, string Text, string? Subject = null, string? Target = null);
