namespace Tritter.Core.Documents;

/// <summary>The unit in which an editor counts the characters of a line.</summary>
public enum PositionEncoding
{
    /// <summary>UTF-16 code units: an emoji counts 2.</summary>
    Utf16,

    /// <summary>Bytes of UTF-8: an emoji counts 4.</summary>
    Utf8,
}
