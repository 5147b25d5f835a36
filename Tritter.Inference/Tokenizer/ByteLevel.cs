namespace Tritter.Inference.Tokenizer;

/// <summary>
/// The byte-level alphabet of GPT-2 tokenizers: each byte stands as one printable character, so that a vocabulary is valid JSON.
/// Printable Latin-1 characters stand for themselves, the other bytes for U+0100 and up in order.
/// </summary>
internal static class ByteLevel
{
    private static readonly char[] _charOfByte = MakeAlphabet();
    private static readonly Dictionary<char, byte> _byteOfChar = Enumerable.Range(0, 256).ToDictionary(b => _charOfByte[b], b => (byte)b);

    public static char ToChar(byte b) => _charOfByte[b];

    /// <summary>The bytes of a vocabulary entry, or null when it has a character outside the alphabet.</summary>
    public static byte[]? ToBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (!_byteOfChar.TryGetValue(token[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static char[] MakeAlphabet()
    {
        var alphabet = new char[256];
        char next = '\u0100';
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            alphabet[b] = printable ? (char)b : next++;
        }

        return alphabet;
    }
}
