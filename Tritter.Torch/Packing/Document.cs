namespace Tritter.Torch.Packing;

/// <summary>Tokens that are trained as one text, and which of them are a middle that was filled in (with its end token).</summary>
/// <param name="MiddleStart">Index of the first token of the middle; the length of Tokens when there is none.</param>
public sealed record Document(ushort[] Tokens, int MiddleStart)
{
    public bool IsFim => MiddleStart < Tokens.Length;
}
