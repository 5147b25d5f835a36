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

    /// <summary>What is used unless somebody asks for something else. Words are not: nobody has yet measured that they help (docs/evaluation.md).</summary>
    Default = Outlines | Imports | Names,
}
