// What a warp does with a stretch of positions in the attention of one token: scores and weighted sums on the tensor cores, in whole numbers.
#pragma once
#include "feed.h"

constexpr int MostSplits = 64;
constexpr float Log2E = 1.44269504f;
constexpr float Unseen = -3e38f; // a score that counts nothing

DEVICE float exponential(float x) { return power_of_two(x * Log2E); }

constexpr int Attendants = AttentionWarps + 1; // the last one has the token itself

template <int D> struct AttentionScratch
{
    // The token's key and value: read as the first position of a stretch, of which the others, whatever lies behind, count nothing.
    uint4 own_key[D / 16], own_value[D / 16];
    float4 outputs[Attendants][Queries][D / 4];
    uint4 query_high[Queries][D / 16];
    uint4 query_low[Queries][D / 16];
    float own_key_scale, own_value_scale;
    float query_steps[Queries];
    uint weights[Attendants][2 * Queries][Stretch / 4]; // int8: of each query first what counts 128, then what counts 1
    float maxima[Attendants][Queries];
    float totals[Attendants][Queries];
    float factors[MostSplits][Queries];
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

    // Scores of 16 positions, [position][Pieces]: this lane's two queries at lane / 4, and at 8 behind it.
    DEVICE static void score(const AttentionScratch<D>& s, const uint4* keys, int* scores)
    {
        int lane = thread() & 31, sub = lane / 4;
        int upper[4] = {}, lower[4] = {};
        UNROLL
        for (int t = 0; t < Sets; t++)
        {
            int piece = 4 * t + lane % 4;
            uint4 a = { 0, 0, 0, 0 }, b = { 0, 0, 0, 0 }, high = { 0, 0, 0, 0 }, low = { 0, 0, 0, 0 };
            if (piece < Pieces)
            {
                high = s.query_high[sub % 4][piece];
                low = s.query_low[sub % 4][piece];
                a = keys[sub * Pieces + turned<D>(sub, piece)];
                b = keys[(sub + 8) * Pieces + turned<D>(sub + 8, piece)];
            }

            multiply_tile(upper, a.x, b.x, a.y, b.y, high.x, high.y);
            multiply_tile(upper, a.z, b.z, a.w, b.w, high.z, high.w);
            multiply_tile_su(lower, a.x, b.x, a.y, b.y, low.x, low.y);
            multiply_tile_su(lower, a.z, b.z, a.w, b.w, low.z, low.w);
        }

        UNROLL
        for (int i = 0; i < 4; i++) scores[i] = upper[i] * 256 + lower[i];
    }

    // Over the lanes that have the same queries.
    DEVICE static float max_of(float v)
    {
        UNROLL
        for (int o = 4; o < 32; o *= 2) v = larger(v, shuffle_xor(v, o));
        return v;
    }

    // Takes up the scores [2][4] of a stretch: weights as whole numbers go to `to`; `shrink` is what earlier results count from now on, `step` what 1
    // stands for, of query lane % 4. Lane l has the scales of position l; `held` positions are real.
    DEVICE void weigh(const int (*scores)[4], float key_scale, float value_scale, int held, uint (*to)[Stretch / 4], float& shrink, float& step)
    {
        int lane = thread() & 31, sub = lane / 4;
        float shrinks[2], units[2], key_scales[4], value_scales[4];
        UNROLL
        for (int i = 0; i < 4; i++)
        {
            key_scales[i] = shuffle(key_scale, sub + 8 * i);
            value_scales[i] = shuffle(value_scale, sub + 8 * i);
        }

        UNROLL
        for (int j = 0; j < 2; j++)
        {
            float s[4], now = max[j], top = 0;
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                s[i] = sub + 8 * i < held ? scores[i / 2][i % 2 * 2 + j] * key_scales[i] * steps[j] : Unseen;
                now = larger(now, s[i]);
            }

            now = max_of(now);
            shrinks[j] = exponential(max[j] - now);
            max[j] = now;
            total[j] *= shrinks[j];
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                float weight = sub + 8 * i < held ? exponential(s[i] - now) : 0;
                total[j] += weight;
                s[i] = weight * value_scales[i];
                top = larger(top, s[i]);
            }

            top = max_of(top);
            float factor = top > 0 ? Weights / top : 0;
            units[j] = top / Weights;
            int8* high = (int8*)to[2 * ((2 * lane + j) % 4)];
            int8* low = high + Stretch;
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                uint q = bits(s[i] * factor + Rounding);
                if (lane % 4 < 2)
                {
                    high[sub + 8 * i] = (int8)(q >> 7 & 127);
                    low[sub + 8 * i] = (int8)(q & 127);
                }
            }
        }

        // Query lane % 4 is the lane's in the middle of these four that has it among its two.
        int from = (lane & ~3) | (lane % 4 / 2);
        float first = shuffle(shrinks[0], from), second = shuffle(shrinks[1], from);
        shrink = lane % 2 ? second : first;
        first = shuffle(units[0], from), second = shuffle(units[1], from);
        step = lane % 2 ? second : first;
    }

    // Adds weights times values: 16 positions [position][D] at each of two places.
    DEVICE void add(const uint4* const* values, const uint (*weights)[Stretch / 4], float shrink, float step)
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
                    int position = 4 * quarter + i;
                    const uint4* row = values[half] + position * Pieces;
                    if constexpr (D == 16)
                    {
                        w[half][i][0] = ((const unsigned short*)row)[sub];
                    }
                    else
                    {
                        uint2 two = ((const uint2*)(row + turned<D>(position, D == 128 ? sub : sub / 2)))[D == 128 ? first / 2 : sub % 2];
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
