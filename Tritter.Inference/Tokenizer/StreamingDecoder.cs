using System.Text;

namespace Tritter.Inference.Tokenizer;

/// <summary>Turns tokens into text one by one; bytes of a character that is not complete yet are kept back.</summary>
public sealed class StreamingDecoder(TritterTokenizer tokenizer)
{
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

    /// <summary>The characters that this token completes; may be empty.</summary>
    public string Add(int token) => Add(tokenizer.Bytes(token));

    /// <summary>The characters that these bytes complete.</summary>
    public string Add(ReadOnlySpan<byte> bytes)
    {
        Span<char> chars = stackalloc char[Encoding.UTF8.GetMaxCharCount(Math.Min(bytes.Length, 256) + 4)];
        if (bytes.Length > 256)
        {
            chars = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length + 4)];
        }

        int count = _utf8.GetChars(bytes, chars, flush: false);
        return new string(chars[..count]);
    }
}
