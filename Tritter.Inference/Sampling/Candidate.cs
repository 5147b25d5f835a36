namespace Tritter.Inference.Sampling;

/// <summary>A token and its logit as one number, which sorts fast: the likelier one is the smaller number, and of equally likely ones the smaller token is.</summary>
internal static class Candidate
{
    private const uint Sign = 0x80000000;

    /// <param name="logit">Any number; zeros of both signs are equal.</param>
    public static ulong Of(float logit, int token)
    {
        uint bits = BitConverter.SingleToUInt32Bits(logit + 0f);
        uint order = bits >= Sign ? ~bits : bits | Sign;
        return (ulong)~order << 32 | (uint)token;
    }

    public static float Logit(ulong candidate)
    {
        uint order = ~(uint)(candidate >> 32);
        return BitConverter.UInt32BitsToSingle(order >= Sign ? order & ~Sign : ~order);
    }

    public static int Token(ulong candidate) => (int)(uint)candidate;
}
