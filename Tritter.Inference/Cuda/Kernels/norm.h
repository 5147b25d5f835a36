// LayerNorm and rounding to whole numbers by all threads of a block: the formulas of Kernels/LayerNorm.cs and Kernels/Quantize.cs.
#pragma once
#include "device.h"

constexpr int MaxWarps = 16;
constexpr float Smallest = 1e-5f;

// Sums and maxima over the block. Calls that no sync lies between take different slots.
SHARED float float_slots[8][MaxWarps];
SHARED int int_slots[MaxWarps];

DEVICE float larger(float a, float b) { return a > b ? a : b; }
DEVICE float smaller(float a, float b) { return a < b ? a : b; }
DEVICE int smaller(int a, int b) { return a < b ? a : b; }
DEVICE int larger(int a, int b) { return a > b ? a : b; }
DEVICE float absolute(float x) { return from_bits(bits(x) & 0x7fffffffu); }

template <class T> DEVICE T warp_sum(T v)
{
    UNROLL
    for (int o = 16; o > 0; o /= 2) v += shuffle_xor(v, o);
    return v;
}

DEVICE float warp_max(float v)
{
    UNROLL
    for (int o = 16; o > 0; o /= 2) v = larger(v, shuffle_xor(v, o));
    return v;
}

DEVICE float block_sum(float v, int slot)
{
    v = warp_sum(v);
    if ((thread() & 31) == 0) float_slots[slot][thread() >> 5] = v;
    sync();
    int w = thread() & 31;
    return warp_sum(w < threads() / 32 ? float_slots[slot][w] : 0);
}

DEVICE float block_max(float v, int slot)
{
    v = warp_max(v);
    if ((thread() & 31) == 0) float_slots[slot][thread() >> 5] = v;
    sync();
    int w = thread() & 31;
    return warp_max(w < threads() / 32 ? float_slots[slot][w] : 0);
}

DEVICE int block_sum(int v)
{
    v = warp_sum(v);
    if ((thread() & 31) == 0) int_slots[thread() >> 5] = v;
    sync();
    int w = thread() & 31;
    return warp_sum(w < threads() / 32 ? int_slots[w] : 0);
}

// A thread's share of a row is every threads()-th group of four, in all that follows: no thread reads what another wrote.

// Begins to copy a row to shared memory, n a multiple of four; copies_wait must come before the thread reads its share.
DEVICE void fetch_row(float4* to, const float* from, int n)
{
    for (int g = thread(); g < n / 4; g += threads()) copy_async(to + g, (const float4*)from + g, true);
}

// row = (row - mean) / sqrt(var + epsilon) * weight. Takes slots `slot` and `slot` + 1.
DEVICE void normalize(float4* row, const float4* weight, int n, float epsilon, int slot)
{
    float sum = 0;
    for (int g = thread(); g < n / 4; g += threads())
    {
        float4 v = row[g];
        sum += v.x + v.y + (v.z + v.w);
    }

    float mean = block_sum(sum, slot) / n;
    sum = 0;
    for (int g = thread(); g < n / 4; g += threads())
    {
        float4 v = row[g];
        float x = v.x - mean, y = v.y - mean, z = v.z - mean, w = v.w - mean;
        sum += x * x + y * y + (z * z + w * w);
    }

    float inverse = 1.0f / square_root(block_sum(sum, slot + 1) / n + epsilon);
    for (int g = thread(); g < n / 4; g += threads())
    {
        float4 v = row[g], s = weight[g];
        row[g] = float4{ (v.x - mean) * inverse * s.x, (v.y - mean) * inverse * s.y, (v.z - mean) * inverse * s.z, (v.w - mean) * inverse * s.w };
    }
}

// row += x, which goes to `to` as well unless that is null.
DEVICE void add_row(float4* row, const float4* x, float* to, int n)
{
    for (int g = thread(); g < n / 4; g += threads())
    {
        float4 v = row[g], s = x[g];
        row[g] = v = float4{ s.x + v.x, s.y + v.y, s.z + v.z, s.w + v.w };
        if (to) ((float4*)to)[g] = v;
    }
}

DEVICE float row_max(const float4* row, int n, int slot)
{
    float m = 0;
    for (int g = thread(); g < n / 4; g += threads())
    {
        float4 v = row[g];
        m = larger(m, larger(larger(absolute(v.x), absolute(v.y)), larger(absolute(v.z), absolute(v.w))));
    }

    return larger(block_max(m, slot), Smallest);
}

DEVICE uint four_bytes(int a, int b, int c, int d) { return (a & 255) | (b & 255) << 8 | (c & 255) << 16 | (uint)d << 24; }

struct RoundedRow
{
    float step; // what 1 stands for
    int sum;    // of all whole numbers
};

// int8 by the largest element; columns from n to `padded` become zero.
DEVICE RoundedRow round_int8(const float4* row, int n, int padded, int slot, uint* to)
{
    float max = row_max(row, n, slot);
    float scale = 127.0f / max;
    int sum = 0;
    for (int g = thread(); g < padded / 4; g += threads())
    {
        uint word = 0;
        if (g < n / 4)
        {
            float4 v = row[g];
            int a = round_to_int(v.x * scale), b = round_to_int(v.y * scale), c = round_to_int(v.z * scale), d = round_to_int(v.w * scale);
            sum += a + b + c + d;
            word = four_bytes(a, b, c, d);
        }

        to[g] = word;
    }

    return RoundedRow{ max / 127.0f, block_sum(sum) };
}
