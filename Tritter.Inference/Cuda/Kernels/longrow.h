// A row that registers do not hold, normalised and rounded as share.h does it: read anew for every step.
#pragma once
#include "share.h"

struct LongRow
{
    const float4* row;    // null: a row of the embedding
    const int8* embedding;
    float scale;          // of the embedding's row
    const float4* branch; // null for nothing
    const float4* branch_weight;
    const float4* weight;
    int groups;
    float branch_mean, branch_inverse, mean, inverse;

    // Finds mean and 1 / deviation of the branch and of the sum.
    DEVICE void measure(Exchange& e, float epsilon)
    {
        if (branch) branch_mean = mean_over(e, [&](int g) INLINED { return load_fresh(branch + g); }, epsilon, 0, branch_inverse);
        mean = mean_over(e, [&](int g) INLINED { return sum(g); }, epsilon, 1, inverse);
    }

    // Before the last norm.
    DEVICE float4 sum(int g) const
    {
        float4 x = row ? load_fresh(row + g) : embedded(embedding, scale, g);
        if (!branch) return x;
        float4 b = scaled(load_fresh(branch + g), branch_mean, branch_inverse, load_weights(branch_weight + g));
        return float4{ x.x + b.x, x.y + b.y, x.z + b.z, x.w + b.w };
    }

    DEVICE Rounded round(Exchange& e, uint4* to) const
    {
        float top = max(e), factor = 127.0f / top;
        int stride = (groups + 1023) / 1024 * 64 + Unused, whole = 0;
        ROLLED
        for (int g = thread(); g < 16 * (stride - Unused); g += Threads)
        {
            uint word = g < groups ? rounded_word(normalized(g), factor) : 0;
            whole = dp4a(word, 0x01010101u, whole);
            ((uint*)to)[place_of_group(g, stride)] = word;
        }

        sum_up(e, whole);
        sync_workers();
        return Rounded{ top / 127.0f, stride };
    }

    DEVICE Rounded round_wide(Exchange& e, int magnitude, uint4* to) const
    {
        float top = max(e), limit = magnitude, factor = limit / top;
        int stride = (groups + 1023) / 1024 * 256;
        uint* high = (uint*)to;
        uint* low = high + 4 * stride;
        ROLLED
        for (int g = thread(); g < 4 * stride; g += Threads)
        {
            float4 v = g < groups ? normalized(g) : float4{ 0, 0, 0, 0 };
            high[g] = wide_word(v, factor, limit, true);
            low[g] = wide_word(v, factor, limit, false);
        }

        sync_workers();
        return Rounded{ top / limit, stride };
    }

private:
    DEVICE static float4 scaled(float4 v, float mean, float inverse, float4 s)
    {
        return float4{ (v.x - mean) * inverse * s.x, (v.y - mean) * inverse * s.y, (v.z - mean) * inverse * s.z, (v.w - mean) * inverse * s.w };
    }

    DEVICE float4 normalized(int g) const { return scaled(sum(g), mean, inverse, load_weights(weight + g)); }

    DEVICE float max(Exchange& e) const
    {
        float m = 0;
        ROLLED
        for (int g = thread(); g < groups; g += Threads)
        {
            float4 v = normalized(g);
            m = max_magnitude(max_magnitude(max_magnitude(max_magnitude(m, v.x), v.y), v.z), v.w);
        }

        return largest_of(e, m);
    }

    template <class At> DEVICE float mean_over(Exchange& e, At at, float epsilon, int slot, float& inverse) const
    {
        float total = 0, held = 0;
        ROLLED
        for (int g = thread(); g < groups; g += Threads)
        {
            float4 v = at(g);
            total += v.x + v.y + (v.z + v.w);
            held += 4;
        }

        float count = warp_sum(held), own = warp_sum(total) / larger(count, 1.0f), squares = 0;
        ROLLED
        for (int g = thread(); g < groups; g += Threads)
        {
            float4 v = at(g);
            float x = v.x - own, y = v.y - own, z = v.z - own, w = v.w - own;
            squares += x * x + y * y + (z * z + w * w);
        }

        return mean_of(e, own, warp_sum(squares), count, groups, epsilon, slot, inverse);
    }
};
