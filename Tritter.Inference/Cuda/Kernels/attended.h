// What a warp does with a stretch of positions in the attention of one token: scores and weighted sums on the tensor cores, in whole numbers.
#pragma once
#include "product.h"

constexpr int MostSplits = 64;
constexpr float Log2E = 1.44269504f;
constexpr float Unseen = -3e38f; // a score that counts nothing

DEVICE float exponential(float x) { return power_of_two(x * Log2E); }

template <int D> struct AttentionScratch
{
    uint4 own_key[D / 16], own_value[D / 16]; // the token's
    float4 outputs[Warps][Queries][D / 4];
    uint4 query_high[Queries][D / 16];
    uint4 query_low[Queries][D / 16];
    float own_key_scale, own_value_scale;
    float query_steps[Queries];
    uint weights[Warps][2 * Queries][Stretch / 4]; // int8: of each query first what counts 128, then what counts 1
    float maxima[Warps][Queries];
    float totals[Warps][Queries];
    float2 limits[Warps][Queries];
    alignas(16) float factors[Queries][MostSplits];
    uint is_last;
};

// A warp's sums over the positions it has seen. As the tensor cores have it, a lane has scores of the queries 2 (lane % 4) and the next, modulo 4, at
// the positions lane / 4 and every eighth from there on, and results of query lane % 4, elements lane / 4 * D / 8 and on.
template <int D> struct Attended
{
    static constexpr int Pieces = D / 16;                  // of a head
    static constexpr int Sets = Pieces < 4 ? 1 : Pieces / 4;
    static constexpr int Own = D / 8;                      // elements of a lane
    static constexpr int Words = Own < 4 ? 1 : Own / 4;
    static constexpr int Weights = 16383;                  // of the largest weight of a stretch: 128 * 127 + 127

    float steps[2], max[2], total[2], accumulated[Own];

    DEVICE Attended(const AttentionScratch<D>& s)
    {
        int lane = thread() & 31;
        UNROLL
        for (int j = 0; j < 2; j++)
        {
            steps[j] = s.query_steps[(2 * lane + j) % 4];
            max[j] = Unseen;
            total[j] = 0;
        }

        UNROLL
        for (int e = 0; e < Own; e++) accumulated[e] = 0;
    }

    // Scores of a stretch, [position][Pieces]: for each half of it this lane's two queries at position lane / 4, and at 8 behind it.
    DEVICE static void score(const AttentionScratch<D>& s, const uint4* keys, int (*scores)[4])
    {
        int lane = thread() & 31, sub = lane / 4;
        int upper[2][4] = {}, lower[2][4] = {};
        UNROLL
        for (int t = 0; t < Sets; t++)
        {
            int piece = 4 * t + lane % 4;
            bool some = Pieces % 4 == 0 || piece < Pieces;
            uint4 high = { 0, 0, 0, 0 }, low = high, a[2] = { high, high }, b[2] = { high, high };
            if (some)
            {
                high = s.query_high[sub % 4][piece];
                low = s.query_low[sub % 4][piece];
                UNROLL
                for (int h = 0; h < 2; h++)
                {
                    a[h] = keys[(16 * h + sub) * Pieces + piece];
                    b[h] = keys[(16 * h + sub + 8) * Pieces + piece];
                }
            }

            UNROLL
            for (int h = 0; h < 2; h++)
            {
                multiply_tile(upper[h], a[h].x, b[h].x, a[h].y, b[h].y, high.x, high.y);
                multiply_tile_su(lower[h], a[h].x, b[h].x, a[h].y, b[h].y, low.x, low.y);
                multiply_tile(upper[h], a[h].z, b[h].z, a[h].w, b[h].w, high.z, high.w);
                multiply_tile_su(lower[h], a[h].z, b[h].z, a[h].w, b[h].w, low.z, low.w);
            }
        }

        UNROLL
        for (int i = 0; i < 8; i++) scores[i / 4][i % 4] = upper[i / 4][i % 4] * 256 + lower[i / 4][i % 4];
    }

    // Over the lanes that have the same queries.
    DEVICE static float max_of(float v)
    {
        UNROLL
        for (int o = 4; o < 32; o *= 2) v = larger(v, shuffle_xor(v, o));
        return v;
    }

    // Takes up the scores of a stretch: weights as whole numbers go to `to`, position lane / 4 + 8 i as byte i of word lane / 4; `shrink` is what earlier
    // results count from now on, `step` what 1 stands for, of query lane % 4. Lane l has the scales of position l; `held` positions are real.
    DEVICE void weigh(const int (*scores)[4], float key_scale, float value_scale, int held, uint (*to)[Stretch / 4], float& shrink, float& step)
    {
        int lane = thread() & 31, sub = lane / 4;
        float shrinks[2], key_scales[4], value_scales[4];
        value_scale = lane < held ? value_scale : 0;
        // The largest that a weight times its value's scale can be.
        float top = warp_largest(value_scale), factor = nearly_divided(Weights, larger(top, Smallest / Weights));
        step = top / Weights;
        UNROLL
        for (int i = 0; i < 4; i++)
        {
            key_scales[i] = shuffle(key_scale, sub + 8 * i);
            value_scales[i] = shuffle(value_scale, sub + 8 * i) * factor;
        }

        UNROLL
        for (int j = 0; j < 2; j++)
        {
            float s[4], now = max[j];
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                s[i] = sub + 8 * i < held ? scores[i / 2][i % 2 * 2 + j] * (key_scales[i] * steps[j]) : Unseen;
                now = larger(now, s[i]);
            }

            now = max_of(now);
            shrinks[j] = exponential(max[j] - now);
            max[j] = now;
            total[j] *= shrinks[j];
            uint high = 0, low = 0;
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                float weight = exponential(s[i] - now);
                total[j] += weight;
                uint q = bits(weight * value_scales[i] + Rounding);
                high |= (q >> 7 & 127) << 8 * i;
                low |= (q & 127) << 8 * i;
            }

            int query = (2 * lane + j) % 4;
            to[2 * query][sub] = high;
            to[2 * query + 1][sub] = low;
        }

        // Query lane % 4 is the lane's in the middle of these four that has it among its two.
        int from = (lane & ~3) | (lane % 4 / 2);
        float first = shuffle(shrinks[0], from), second = shuffle(shrinks[1], from);
        shrink = lane % 2 ? second : first;
    }

    // Adds weights times values, [position][D].
    DEVICE void add(const uint4* values, const uint (*weights)[Stretch / 4], float shrink, float step)
    {
        int lane = thread() & 31, sub = lane / 4, quarter = lane % 4;
        uint b0 = weights[sub][quarter], b1 = weights[sub][4 + quarter];
        // Some words at a time, for lack of registers.
        constexpr int AtATime = Words < 2 ? 1 : 2;
        UNROLL
        for (int first = 0; first < Words; first += AtATime)
        {
            uint w[2][4][AtATime];
            UNROLL
            for (int half = 0; half < 2; half++)
            {
                UNROLL
                for (int i = 0; i < 4; i++)
                {
                    const uint4* row = values + (4 * half + quarter + 8 * i) * Pieces;
                    if constexpr (D == 16)
                    {
                        w[half][i][0] = ((const unsigned short*)row)[sub];
                    }
                    else
                    {
                        uint2 two = ((const uint2*)(row + (D == 128 ? sub : sub / 2)))[D == 128 ? first / 2 : sub % 2];
                        w[half][i][0] = two.x, w[half][i][AtATime - 1] = two.y;
                    }
                }
            }

            UNROLL
            for (int k = 0; k < AtATime; k++)
            {
                // Four elements of four positions, transposed, twice.
                uint a[2][4];
                UNROLL
                for (int half = 0; half < 2; half++)
                {
                    uint low01 = permute(w[half][0][k], w[half][1][k], 0x5140), low23 = permute(w[half][2][k], w[half][3][k], 0x5140);
                    uint high01 = permute(w[half][0][k], w[half][1][k], 0x7362), high23 = permute(w[half][2][k], w[half][3][k], 0x7362);
                    a[half][0] = permute(low01, low23, 0x5410);
                    a[half][1] = permute(low01, low23, 0x7632);
                    a[half][2] = permute(high01, high23, 0x5410);
                    a[half][3] = permute(high01, high23, 0x7632);
                }

                int element = 4 * (first + k);
                UNROLL
                for (int e = 0; e < 4 && e < Own; e += 2)
                {
                    int c[4] = {};
                    multiply_tile(c, a[0][e], a[0][e + 1], a[1][e], a[1][e + 1], b0, b1);
                    accumulated[element + e] = multiply_add(accumulated[element + e], shrink, (c[0] * 128 + c[1]) * step);
                    accumulated[element + e + 1] = multiply_add(accumulated[element + e + 1], shrink, (c[2] * 128 + c[3]) * step);
                }
            }
        }
    }
};
