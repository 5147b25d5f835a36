// The tokens that a draw needs to know, out of all logits (Sampling/Sampler.cs draws): those that are not too far below the largest, and of many the
// likeliest. One block finds them, by numbers that are in the logits' order.
#include "device.h"

constexpr int SampleThreads = 1024, SampleWarps = SampleThreads / 32;
constexpr int BinBits = 11, Bins = 1 << BinBits, BinGroup = 32;

struct Selection
{
    uint bins[Bins];
    uint groups[Bins / BinGroup];
    float largest[SampleWarps];
    uint threshold, shift, above, prefix; // of `least_of_most`
    uint found;
    bool done;
};
static_assert(sizeof(Selection) <= 9 << 10, "CudaCandidates.SharedBytes");

// The upper half of `ordered`, in which zeros of both signs are equal.
DEVICE uint order_of(float logit)
{
    uint b = bits(logit + 0.0f);
    return b & 0x80000000u ? ~b : b | 0x80000000u;
}

// All logits, f(logit, token): two times four on their way for each thread. Those that are missing at the end are no numbers.
template <class F> DEVICE void for_all(const float* logits, int vocabulary, F f)
{
    constexpr float None = __builtin_nanf("");
    int quads = vocabulary / 4;
    ROLLED
    for (int i = thread(); i < quads; i += 2 * SampleThreads)
    {
        int j = i + SampleThreads;
        float4 a = ((const float4*)logits)[i], b = { None, None, None, None };
        if (j < quads) b = ((const float4*)logits)[j];
        f(a.x, 4 * i), f(a.y, 4 * i + 1), f(a.z, 4 * i + 2), f(a.w, 4 * i + 3);
        f(b.x, 4 * j), f(b.y, 4 * j + 1), f(b.z, 4 * j + 2), f(b.w, 4 * j + 3);
    }

    int rest = 4 * quads + thread();
    if (rest < vocabulary) f(logits[rest], rest);
}

// The largest logit, for all threads; negative infinity when there is none.
DEVICE float largest_of(Selection& s, const float* logits, int vocabulary)
{
    float largest = -__builtin_inff();
    for_all(logits, vocabulary, [&](float logit, int) INLINED { if (logit > largest) largest = logit; });
    UNROLL
    for (int o = 16; o > 0; o /= 2) largest = larger(largest, shuffle_xor(largest, o));
    if ((thread() & 31) == 0) s.largest[thread() / 32] = largest;
    sync();
    UNROLL
    for (int w = 0; w < SampleWarps; w++) largest = larger(largest, s.largest[w]);
    return largest;
}

// Where to begin so that `most` or more tokens are taken, though no more than `capacity` where that can be: from `least` on, 11 bits of the numbers after
// another are narrowed down to those that the last of `most` has.
DEVICE uint least_of_most(Selection& s, const float* logits, int vocabulary, float lowest, uint least, uint most, uint capacity)
{
    if (thread() == 0)
    {
        s.threshold = least;
        s.shift = 32 - BinBits;
        s.above = s.prefix = 0;
        s.done = false;
    }

    sync();
    ROLLED
    while (!s.done)
    {
        uint shift = s.shift, prefix = s.prefix, width = shift > 0 ? BinBits : 32 - 2 * BinBits;
        for (int i = thread(); i < Bins; i += SampleThreads) s.bins[i] = 0;
        sync();
        for_all(logits, vocabulary, [&](float logit, int) INLINED
        {
            uint order = order_of(logit);
            if (logit >= lowest && (uint64)order >> (shift + width) == prefix) shared_add(s.bins + (order >> shift & ((1u << width) - 1)), 1);
        });
        sync();
        if (thread() < Bins / BinGroup)
        {
            uint sum = 0;
            for (int i = 0; i < BinGroup; i++) sum += s.bins[thread() * BinGroup + i];
            s.groups[thread()] = sum;
        }

        sync();
        if (thread() == 0)
        {
            uint above = s.above;
            int bin = Bins - 1;
            // Whole groups first. Where there are fewer than `most` in all, it ends below the first bin.
            while (bin >= 0 && above + s.groups[bin / BinGroup] < most) above += s.groups[bin / BinGroup], bin -= BinGroup;
            while (bin >= 0 && above + s.bins[bin] < most) above += s.bins[bin--];
            uint all = bin >= 0 ? above + s.bins[bin] : above;
            if (bin >= 0) s.threshold = (prefix << width | (uint)bin) << shift;
            s.done = bin < 0 || all <= capacity || shift == 0;
            s.above = above;
            s.prefix = prefix << width | (uint)bin;
            s.shift = shift > BinBits ? shift - BinBits : 0;
        }

        sync();
    }

    return s.threshold > least ? s.threshold : least;
}

// Rules tokens out and writes down the others whose logits are at most -below under the largest one left, or of more than `most` (0: any number) the
// likeliest and perhaps some more. found: how many there are, then for the first `capacity` of them what `ordered` has, in any order.
KERNEL(1024, 1) sample_candidates(
    float* logits, int vocabulary, const int* ruled_out, int ruled_out_count, float below, int most, int capacity, uint64* found)
{
    DYNAMIC_SHARED(memory);
    Selection& s = *(Selection*)kept_address(memory);
    for (int i = thread(); i < ruled_out_count; i += SampleThreads)
    {
        if ((uint)ruled_out[i] < (uint)vocabulary) logits[ruled_out[i]] = -__builtin_inff();
    }

    if (thread() == 0) s.found = 0;
    sync();
    float largest = largest_of(s, logits, vocabulary), lowest = largest + below;
    // No token at all: nothing is at or above this.
    if (largest == -__builtin_inff()) lowest = __builtin_nanf("");
    uint threshold = order_of(lowest);
    if (most > 0 && lowest == lowest) threshold = least_of_most(s, logits, vocabulary, lowest, threshold, most, capacity);
    for_all(logits, vocabulary, [&](float logit, int token) INLINED
    {
        if (!(logit >= lowest) || order_of(logit) < threshold) return;
        uint slot = shared_add(&s.found, 1);
        if (slot < (uint)capacity) found[1 + slot] = ordered(logit + 0.0f, token);
    });
    sync();
    if (thread() == 0) found[0] = s.found;
}
