// A row of activations in the registers of a block's threads, normalised and rounded there: LayerNorm and int8 as in Kernels/LayerNorm.cs and
// Kernels/Quantize.cs. Thread t holds groups of four elements t, t + Threads, ..., N of them; those behind the row's end are zero.
#pragma once
#include "plan.h"

struct Rounded
{
    float step; // what 1 stands for
    int stride; // pieces between what belongs to a piece, in shared memory
};

// Added to a float of magnitude below 2^22, leaves in its lowest bits the nearest whole number, of two equally near ones the even one.
constexpr float Rounding = 12582912.0f;

// Of what each of neighbouring lanes has of a warp.
DEVICE float sum_of_warps(float v)
{
    UNROLL
    for (int o = Warps / 2; o > 0; o /= 2) v += shuffle_xor(v, o);
    return v;
}

// The mean of a block's rows and 1 / sqrt(variance + epsilon), from what each warp has: its own mean, the sum of squares about it, and of how many
// elements (Chan, Golub and LeVeque 1983), taken about the first warp's mean.
DEVICE float mean_of(Exchange& e, float own, float squares, float count, int groups, float epsilon, int slot, float& inverse)
{
    if ((thread() & 31) == 0) e.moments[slot][thread() / 32] = float4{ own, squares, count, 0 };
    sync_workers();
    float4 m = e.moments[slot][thread() & (Warps - 1)];
    float pivot = e.moments[slot][0].x, share = nearly_divided(1.0f, 4.0f * groups);
    float about = sum_of_warps(m.z * (m.x - pivot)) * share;
    float all = sum_of_warps(m.y + m.z * (m.x - pivot) * (m.x - pivot)) * share;
    inverse = inverse_root(larger(all - about * about, 0.0f) + epsilon);
    return pivot + about;
}

// Of the block's threads.
DEVICE float largest_of(Exchange& e, float m)
{
    m = warp_largest(m);
    if ((thread() & 31) == 0) e.largest[thread() / 32] = m;
    sync_workers();
    return larger(Smallest, warp_largest(e.largest[thread() & (Warps - 1)]));
}

// Where a group of four rounded elements goes, in words: [code of a word][piece] of 16 bytes, as the tensor cores take them (product.h). Four pieces that are
// not used lie between codes, so that what eight lanes read lies in different banks.
constexpr int Unused = 4;
DEVICE int place_of_group(int g, int stride) { return 4 * (g % 4 * stride + g / 16) + g / 4 % 4; }

// Of the whole numbers that each thread has made: what rounded_sum finds after the next sync.
DEVICE void sum_up(Exchange& e, int sum)
{
    sum = warp_add(sum);
    if ((thread() & 31) == 0) e.rounded_sums[thread() / 32] = sum;
}

DEVICE int rounded_sum(const Exchange& e)
{
    int sum = 0;
    UNROLL
    for (int w = 0; w < Warps; w++) sum += e.rounded_sums[w];
    return sum;
}

// The lowest bytes of four whole numbers.
DEVICE uint rounded_word(float4 v, float scale)
{
    uint a = bits(v.x * scale + Rounding), b = bits(v.y * scale + Rounding), c = bits(v.z * scale + Rounding), d = bits(v.w * scale + Rounding);
    return permute(permute(a, b, 0x0040), permute(c, d, 0x0040), 0x5410);
}

// Of four whole numbers of up to 16 bits the low bytes, or the high ones.
DEVICE uint wide_word(float4 v, float scale, float limit, bool high)
{
    auto whole = [=](float x) INLINED { return bits((x * scale < limit ? x * scale : limit) + Rounding); };
    uint a = whole(v.x), b = whole(v.y), c = whole(v.z), d = whole(v.w), pick = high ? 0x0051 : 0x0040;
    return permute(permute(a, b, pick), permute(c, d, pick), 0x5410);
}

// A row of the embedding, four elements of it.
DEVICE float4 embedded(const int8* row, float scale, int g) { return float4{ row[4 * g] * scale, row[4 * g + 1] * scale, row[4 * g + 2] * scale, row[4 * g + 3] * scale }; }

// Writes what of a group lies in the `count` elements from `first` on.
DEVICE void keep(float* to, int first, int count, int g, float4 v)
{
    int at = 4 * g - first;
    if (at <= -4 || at >= count) return;
    float x[4] = { v.x, v.y, v.z, v.w };
    UNROLL
    for (int e = 0; e < 4; e++)
    {
        if (at + e >= 0 && at + e < count) to[at + e] = x[e];
    }
}

template <int N> struct Share
{
    float4 v[N];

    DEVICE static int group(int i) { return thread() + i * Threads; }

    DEVICE void load(const float* from, int groups)
    {
        UNROLL
        for (int i = 0; i < N; i++) v[i] = group(i) < groups ? load_fresh((const float4*)from + group(i)) : float4{ 0, 0, 0, 0 };
    }

    DEVICE void read(const float* from, int groups)
    {
        UNROLL
        for (int i = 0; i < N; i++)
        {
            v[i] = float4{ 0, 0, 0, 0 };
            if (group(i) < groups) v[i] = load_weights((const float4*)from + group(i));
        }
    }

    DEVICE void embed(const int8* row, float scale, int groups)
    {
        UNROLL
        for (int i = 0; i < N; i++) v[i] = group(i) < groups ? embedded(row, scale, group(i)) : float4{ 0, 0, 0, 0 };
    }

    DEVICE void add(const Share& other)
    {
        UNROLL
        for (int i = 0; i < N; i++) v[i] = float4{ other.v[i].x + v[i].x, other.v[i].y + v[i].y, other.v[i].z + v[i].z, other.v[i].w + v[i].w };
    }

    DEVICE void store(float* to, int first, int count) const
    {
        UNROLL
        for (int i = 0; i < N; i++) keep(to, first, count, group(i), v[i]);
    }

    // (x - mean) / sqrt(variance + epsilon) * weight.
    DEVICE void normalize(Exchange& e, const Share& weight, int groups, float epsilon, int slot)
    {
        // About one of the warp's elements: no further from them than they are from each other.
        float pivot = shuffle(v[0].x, 0), sum = 0, squares = 0;
        int warp_groups = 0;
        UNROLL
        for (int i = 0; i < N; i++)
        {
            warp_groups += smaller(32, larger(0, groups - i * Threads - (thread() & ~31)));
            bool real = group(i) < groups;
            float x = real ? v[i].x - pivot : 0, y = real ? v[i].y - pivot : 0, z = real ? v[i].z - pivot : 0, w = real ? v[i].w - pivot : 0;
            sum += x + y + (z + w);
            squares += x * x + y * y + (z * z + w * w);
        }

        UNROLL
        for (int o = 16; o > 0; o /= 2)
        {
            sum += shuffle_xor(sum, o);
            squares += shuffle_xor(squares, o);
        }

        float count = 4.0f * warp_groups, about = nearly_divided(sum, larger(count, 1.0f));
        float inverse, mean = mean_of(e, pivot + about, larger(squares - sum * about, 0.0f), count, groups, epsilon, slot, inverse);
        UNROLL
        for (int i = 0; i < N; i++)
        {
            float4 s = weight.v[i];
            v[i] = float4{ (v[i].x - mean) * inverse * s.x, (v[i].y - mean) * inverse * s.y, (v[i].z - mean) * inverse * s.z, (v[i].w - mean) * inverse * s.w };
        }
    }

    // The largest magnitude.
    DEVICE float max(Exchange& e) const
    {
        float m = 0;
        UNROLL
        for (int i = 0; i < N; i++) m = max_magnitude(max_magnitude(max_magnitude(max_magnitude(m, v[i].x), v[i].y), v[i].z), v[i].w);
        return largest_of(e, m);
    }

    // int8 by the largest element, where place_of_group says. Ends with a sync.
    DEVICE Rounded round(Exchange& e, uint4* to) const
    {
        constexpr int Stride = N * Threads / 16 + Unused;
        float top = max(e);
        float scale = nearly_divided(127.0f, top);
        int sum = 0;
        uint* words = (uint*)to + place_of_group(thread(), Stride);
        UNROLL
        for (int i = 0; i < N; i++)
        {
            uint word = rounded_word(v[i], scale);
            sum = dp4a(word, 0x01010101u, sum);
            words[i * Threads / 16 * 4] = word;
        }

        sum_up(e, sum);
        sync_workers();
        return Rounded{ top / 127.0f, Stride };
    }

    // Whole numbers of up to 16 bits (Kernels/EmbeddingHead.cs): pieces of high bytes, and stride pieces behind them the low ones. Ends with a sync.
    DEVICE Rounded round_wide(Exchange& e, int magnitude, uint4* to) const
    {
        constexpr int Stride = N * Threads / 4;
        float top = max(e), limit = magnitude;
        float scale = limit / top;
        uint* high = (uint*)to;
        uint* low = high + 4 * Stride;
        UNROLL
        for (int i = 0; i < N; i++)
        {
            high[group(i)] = wide_word(v[i], scale, limit, true);
            low[group(i)] = wide_word(v[i], scale, limit, false);
        }

        sync_workers();
        return Rounded{ top / limit, Stride };
    }
};
