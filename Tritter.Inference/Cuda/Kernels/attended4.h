// What a warp does with a page of four-bit keys and values in the attention of one token: the formulas of Kernels/Int4Attention.cs in whole numbers on the
// tensor cores.
#pragma once
#include "attended.h"
#include "packed.h"

// Four whole numbers of 15 bits and a sign as bytes that count 128 and bytes from 0 to 127, in the order of a word of codes.
DEVICE void split(const uint* v, uint& high, uint& low)
{
    uint t[4];
    UNROLL
    for (int i = 0; i < 4; i++) t[i] = (v[i] & 127) | (v[i] << 1 & 0xff00);
    uint even = permute(t[0], t[2], 0x5140), odd = permute(t[1], t[3], 0x5140);
    low = permute(even, odd, 0x5410);
    high = permute(even, odd, 0x7632);
}

// A warp's part of a token's attention, over the pages it has seen. As the tensor cores have it, a lane has the scores of query lane % 4 at the positions
// 8 (lane / 4) and on, and results of the same query where Attended has them.
template <int D> struct AttendedPages
{
    static constexpr int Words = D / 32;
    static constexpr int WeightStride = 20; // words, of which 16 are weights: rows of weights meet all banks
    static constexpr int WeightWords = 2 * Queries * WeightStride;
    static constexpr float Largest = 16383; // 128 * 127 + 127
    float max, total;                       // of query lane % 4; the total of the lane's positions

    DEVICE AttendedPages() : max(Unseen), total(0) {}

    // query: [Queries][D / 4], before any rounding. weights: WeightWords of the warp's own. accumulated: Attended's.
    DEVICE void add(const PackedPage<D>& page, const float4* query, float scale, uint* weights, float* accumulated)
    {
        float scores[8], shrink, unit;
        score(page.keys, query, scale, scores);
        weigh(scores, weights, shrink, unit);
        warp_sync();
        add_values(page.values, weights, shrink, unit, accumulated);
        warp_sync();
    }

    // What comes behind the pages goes on from their maximum and total.
    DEVICE void hand_over(Attended<D>& own) const
    {
        int lane = thread() & 31;
        UNROLL
        for (int j = 0; j < 2; j++)
        {
            int from = (lane & ~3) | ((2 * lane + j) & 3);
            own.max[j] = shuffle(max, from);
            own.total[j] = shuffle(total, from);
        }
    }

private:
    // Columns of the product are the high and the low bytes of the four queries in turn. A lane scales half of its column's channels, for both.
    DEVICE static void score(const PackedHalf<D>& keys, const float4* query, float scale, float* scores)
    {
        int lane = thread() & 31, quarter = lane % 4, part = lane / 4 % 2, sub = lane / 4;
        query += lane / 8 * (D / 4);
        float x[Words][4], top = Smallest, offset = 0;
        UNROLL
        for (int i = 0; i < Words; i++)
        {
            int group = 4 * (2 * i + part) + quarter;
            float4 q = query[group];
            uint2 s = ((const uint2*)keys.scales)[group], z = ((const uint2*)keys.zeros)[group];
            x[i][0] = q.x * from_bits(s.x << 16), x[i][1] = q.y * from_bits(s.x & 0xffff0000u);
            x[i][2] = q.z * from_bits(s.y << 16), x[i][3] = q.w * from_bits(s.y & 0xffff0000u);
            offset = multiply_add(q.x, from_bits(z.x << 16), offset), offset = multiply_add(q.y, from_bits(z.x & 0xffff0000u), offset);
            offset = multiply_add(q.z, from_bits(z.y << 16), offset), offset = multiply_add(q.w, from_bits(z.y & 0xffff0000u), offset);
            UNROLL
            for (int j = 0; j < 4; j++) top = max_magnitude(top, x[i][j]);
        }

        UNROLL
        for (int o = 1; o < 8; o *= 2)
        {
            top = larger(top, shuffle_xor(top, o));
            offset += shuffle_xor(offset, o);
        }

        float factor = nearly_divided(Largest, top);
        uint b[Words][2];
        UNROLL
        for (int i = 0; i < Words; i++)
        {
            uint v[4], high, low;
            UNROLL
            for (int j = 0; j < 4; j++) v[j] = bits(multiply_add(x[i][j], factor, Rounding));
            split(v, high, low);
            // The other half of the column's channels is the other part's.
            uint other = shuffle_xor(part ? high : low, 4);
            b[i][0] = part ? other : high;
            b[i][1] = part ? low : other;
        }

        // Query lane % 4 is that of columns 2 (lane % 4) and the next.
        float step = shuffle(top * (scale * (1 / Largest)), 8 * quarter);
        offset = shuffle(offset * scale, 8 * quarter);
        UNROLL
        for (int m = 0; m < 4; m++)
        {
            uint rows[2][4];
            UNROLL
            for (int h = 0; h < 2; h++)
            {
                const uint* from = keys.codes + (((2 * m + h) * 8 + sub) * 4 + quarter) * Words;
                if constexpr (D == 128)
                {
                    uint4 w = *(const uint4*)from;
                    rows[h][0] = w.x, rows[h][1] = w.y, rows[h][2] = w.z, rows[h][3] = w.w;
                }
                else
                {
                    uint2 w = *(const uint2*)from;
                    rows[h][0] = w.x, rows[h][1] = w.y;
                }
            }

            int c[4] = {};
            UNROLL
            for (int i = 0; i < Words; i++) multiply_codes(c, rows[0][i], rows[1][i], b[i][0], b[i][1]);
            scores[2 * m] = multiply_add((float)(c[0] * 128 + c[1]), step, offset);
            scores[2 * m + 1] = multiply_add((float)(c[2] * 128 + c[3]), step, offset);
        }
    }

    // A word of two rows each, the low codes of which belong to b0 and the high ones to b1.
    DEVICE static void multiply_codes(int* c, uint first, uint second, uint b0, uint b1)
    {
        constexpr uint Low = 0x0f0f0f0fu;
        multiply_tile(c, first & Low, second & Low, first >> 4 & Low, second >> 4 & Low, b0, b1);
    }

    // Weights relative to the page's largest, as whole numbers; `shrink` is what earlier results count from now on, `unit` what a 1 does.
    DEVICE void weigh(const float* scores, uint* weights, float& shrink, float& unit)
    {
        int lane = thread() & 31;
        float top = scores[0], sum = 0;
        UNROLL
        for (int i = 1; i < 8; i++) top = larger(top, scores[i]);
        top = Attended<D>::max_of(top);
        uint v[8];
        UNROLL
        for (int i = 0; i < 8; i++)
        {
            float weight = exponential(scores[i] - top);
            sum += weight;
            v[i] = bits(multiply_add(weight, Largest, Rounding));
        }

        float now = larger(max, top), counts = exponential(top - now);
        shrink = exponential(max - now);
        unit = counts * (1 / Largest);
        total = multiply_add(sum, counts, total * shrink);
        max = now;
        uint2 high, low;
        split(v, high.x, low.x);
        split(v + 4, high.y, low.y);
        uint2* to = (uint2*)(weights + 2 * (lane % 4) * WeightStride) + lane / 4;
        to[0] = high;
        to[WeightStride / 2] = low;
    }

    DEVICE static void add_values(const PackedHalf<D>& values, const uint* weights, float shrink, float unit, float* accumulated)
    {
        int lane = thread() & 31, sub = lane / 4, quarter = lane % 4;
        uint b[4];
        UNROLL
        for (int i = 0; i < 4; i++) b[i] = weights[sub * WeightStride + 4 * i + quarter];
        constexpr uint One = 0x01010101u;
        int all[4] = {};
        multiply_tile(all, One, One, One, One, b[0], b[1]);
        multiply_tile(all, One, One, One, One, b[2], b[3]);
        float sum = (float)(all[0] * 128 + all[1]) * unit;
        UNROLL
        for (int m = 0; m < D / 16; m++)
        {
            uint4 w = ((const uint4*)values.codes)[(m * 8 + sub) * 4 + quarter];
            uint s = ((const uint*)values.scales)[sub * (D / 16) + m], z = ((const uint*)values.zeros)[sub * (D / 16) + m];
            int c[4] = {};
            multiply_codes(c, w.x, w.z, b[0], b[1]);
            multiply_codes(c, w.y, w.w, b[2], b[3]);
            UNROLL
            for (int h = 0; h < 2; h++)
            {
                float zero = from_bits(h ? z & 0xffff0000u : z << 16), step = from_bits(h ? s & 0xffff0000u : s << 16) * unit;
                float& to = accumulated[2 * m + h];
                to = multiply_add((float)(c[2 * h] * 128 + c[2 * h + 1]), step, multiply_add(zero, sum, to * shrink));
            }
        }
    }
};

#ifdef TRITTER_EMULATION
// A warp over some pages: [Queries][D] results.
#define ATTEND_PAGES(D) \
    KERNEL(32, 1) int4_pages_##D(const float4* query, const PackedPage<D>* pages, int count, float scale, float* result) \
    { \
        alignas(16) static uint weights[AttendedPages<D>::WeightWords]; \
        static AttentionScratch<D> none; \
        Attended<D> own(none); \
        AttendedPages<D> seen; \
        for (int p = 0; p < count; p++) seen.add(pages[p], query, scale, weights, own.accumulated); \
        seen.hand_over(own); \
        UNROLL \
        for (int j = 0; j < 2; j++) \
        { \
            for (int o = 4; o < 32; o *= 2) own.total[j] += shuffle_xor(own.total[j], o); \
        } \
        int lane = thread() & 31; \
        float first = shuffle(own.total[0], lane % 4 / 2), second = shuffle(own.total[1], lane % 4 / 2), total = lane % 2 ? second : first; \
        for (int e = 0; e < D / 8; e++) result[lane % 4 * D + lane / 4 * (D / 8) + e] = own.accumulated[e] / total; \
    }

ATTEND_PAGES(64)
ATTEND_PAGES(128)
#endif
