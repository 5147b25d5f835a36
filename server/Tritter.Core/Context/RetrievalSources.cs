namespace Tritter.Core.Context;

/// <summary>Where text of other files for a prompt comes from.</summary>
[Flags]
public enum RetrievalSources
{
    None = 0,

    /// <summary>Outlines of the types that the compiler binds at the cursor (C#).</summary>
    Outlines = 1,

    /// <summary>Signatures of the files that the file imports.</summary>
    Imports = 2,

    /// <summary>Signatures of definitions whose names stand near the cursor.</summary>
    Names = 4,

    /// <summary>Chunks that share words with the code near the cursor, by BM25.</summary>
    Words = 8,

    /// <summary>Everything but words: nobody has yet measured that those help.</summary>
    All = Outlines | Imports | Names,

    /// <summary>What is used unless somebody asks for more. In Python and Rust other files' signatures made no difference to what is filled in (docs/evaluation.md), and reading them takes time.</summary>
    Default = Outlines,
}
