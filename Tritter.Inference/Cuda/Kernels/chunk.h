// Attention of a chunk of a prompt: its heads, and softmax(q K scale) V for many tokens at once on the tensor cores.
#pragma once
#include "heads.h"

// QK-norm and rotation of a chunk's heads: queries [T][heads][D] as float16, keys and values into the cache. A warp a head.
template <int D> DEVICE void prepare_heads(const float* qkv, int heads, int kv_heads, const HeadForm& form, const KvCache& kv, int position, uint* queries)
{
    int all = heads + 2 * kv_heads, token = block();
    const float* own = qkv + (long long)token * all * D;
    for (int i = thread() / 32; i < all; i += threads() / 32)
    {
        if (i < heads)
        {
            Head<D> head;
            make_query<D>(head, own + i * D, form, position + token);
            unsigned short* to = (unsigned short*)queries + ((long long)token * heads + i) * D;
            for (int e = 0; e < Head<D>::Count; e++)
            {
                if (Head<D>::has(e)) to[Head<D>::element(e)] = (unsigned short)halves(head.x[e], 0);
            }
        }
        else if (i < heads + kv_heads)
        {
            write_key<D>(own + i * D, form, kv, i - heads, position + token);
        }
        else
        {
            write_value<D>(own + i * D, kv, i - heads - kv_heads, position + token);
        }
    }
}

// Four int8 as float16, exactly: 0x6400 + u is the float16 1024 + u.
DEVICE void to_halves(uint word, uint& first, uint& second)
{
    word ^= 0x80808080u;
    first = subtract_halves(permute(word, 0x64646464u, 0x4140), 0x64806480u);
    second = subtract_halves(permute(word, 0x64646464u, 0x4342), 0x64806480u);
}

// 64 positions of int8 keys and values in shared memory.
template <int D> struct Tile
{
    static constexpr int Positions = 64, KeyStride = (D + 16) / 4;
    alignas(16) uint keys[Positions * KeyStride];      // [position][D] and a gap, against bank conflicts
    alignas(16) uint values[D * Positions / 4];        // [D][position], words turned about
    float key_scales[Positions], value_scales[Positions];

    // By all threads, from `base` on; what is behind `last` is zero.
    DEVICE void load(const KvCache& kv, int kv_head, int base, int last)
    {
        for (int i = thread(); i < Positions * D / 16; i += threads())
        {
            int p = i / (D / 16), part = i % (D / 16);
            uint4 key = base + p <= last ? load_fresh((const uint4*)(kv.keys + kv.place(kv_head, base + p) * D) + part) : uint4{ 0, 0, 0, 0 };
            *(uint4*)(keys + p * KeyStride + 4 * part) = key;
        }

        for (int i = thread(); i < Positions * D / 16; i += threads())
        {
            // Four positions of four elements, transposed.
            int rest = i / 32, p4 = i % 4 + rest % 4 * 4, d4 = i / 4 % 8 + rest / 4 * 8;
            if (D < 32)
            {
                p4 = i % 16;
                d4 = i / 16;
            }

            uint w[4];
            UNROLL
            for (int j = 0; j < 4; j++)
            {
                int p = base + 4 * p4 + j;
                w[j] = p <= last ? ((const uint*)(kv.values + kv.place(kv_head, p) * D))[d4] : 0;
            }

            uint low01 = permute(w[0], w[1], 0x5140), low23 = permute(w[2], w[3], 0x5140);
            uint high01 = permute(w[0], w[1], 0x7362), high23 = permute(w[2], w[3], 0x7362);
            uint turned[4] = { permute(low01, low23, 0x5410), permute(low01, low23, 0x7632), permute(high01, high23, 0x5410), permute(high01, high23, 0x7632) };
            UNROLL
            for (int j = 0; j < 4; j++)
            {
                int d = 4 * d4 + j;
                values[d * (Positions / 4) + (p4 ^ (d / 2 % 4 * 4))] = turned[j];
            }
        }

        for (int i = thread(); i < Positions; i += threads())
        {
            key_scales[i] = base + i <= last ? kv.key_scales[kv.place(kv_head, base + i)] : 0;
            value_scales[i] = base + i <= last ? kv.value_scales[kv.place(kv_head, base + i)] : 0;
        }
    }
};

constexpr float Hidden = -3e38f; // a score that counts nothing

// FlashAttention (arXiv:2307.08691) of a chunk: a block takes 64 tokens of one head, a warp 16 of them, and goes through the positions they see by 64.
// As in prefill's matrices, a lane's four elements of a product's inner dimension are neighbours in memory, on both sides. As the tensor cores have
// it, a lane has results of its two tokens.
template <int D> struct ChunkAttention
{
    static constexpr int Positions = 64;
    int sub, quarter; // of the lane
    int first; // of its tokens; the other one is the eighth after it
    uint q[D / 16][4];
    float out[D / 8][4], max[2], total[2];

    // first_token: of the block's.
    DEVICE ChunkAttention(const uint* queries, int heads, int head, int first_token, int count)
    {
        int warp = thread() / 32, lane = thread() & 31;
        sub = lane / 4;
        quarter = lane % 4;
        first = first_token + warp * 16 + sub;
        UNROLL
        for (int r = 0; r < 2; r++)
        {
            max[r] = Hidden;
            total[r] = 0;
        }

        UNROLL
        for (int k = 0; k < D / 16; k++)
        {
            UNROLL
            for (int r = 0; r < 2; r++)
            {
                const uint* from = queries + (((long long)token(r) * heads + head) * D + 16 * k + 4 * quarter) / 2;
                q[k][r] = real(r, count) ? from[0] : 0;
                q[k][2 + r] = real(r, count) ? from[1] : 0;
            }
        }

        UNROLL
        for (int d = 0; d < D / 8; d++) out[d][0] = out[d][1] = out[d][2] = out[d][3] = 0;
    }

    DEVICE int token(int r) const { return first + 8 * r; }
    DEVICE bool real(int r, int count) const { return (uint)token(r) < (uint)count; }

    // The position of a tile's that s[n][2 r + c] is about. Tiles 2 m and 2 m + 1 of the scores are positions 16 m + 4 (c / 2) + c % 2 and those 2 further on, c their
    // column: as the product with the values wants them.
    DEVICE int position_of(int n, int c) const { return 16 * (n / 2) + 4 * quarter + 2 * (n % 2) + c; }

    // From products to weights, which are left in `s`. score(r, p, product) of a token at a position of the tile; counts(p, weight) is what the weight is
    // multiplied with values as.
    template <class Score, class Counts> DEVICE void weigh(float (*s)[4], Score score, Counts counts)
    {
        UNROLL
        for (int r = 0; r < 2; r++)
        {
            float now = max[r];
            UNROLL
            for (int n = 0; n < Positions / 8; n++)
            {
                UNROLL
                for (int c = 0; c < 2; c++)
                {
                    float v = score(r, position_of(n, c), s[n][2 * r + c]);
                    s[n][2 * r + c] = v;
                    now = larger(now, v);
                }
            }

            now = larger(now, shuffle_xor(now, 1));
            now = larger(now, shuffle_xor(now, 2));
            float shrink = power_of_two((max[r] - now) * 1.44269504f), sum = 0;
            UNROLL
            for (int n = 0; n < Positions / 8; n++)
            {
                UNROLL
                for (int c = 0; c < 2; c++)
                {
                    float v = s[n][2 * r + c];
                    float weight = v > -2e38f ? power_of_two((v - now) * 1.44269504f) : 0;
                    sum += weight;
                    s[n][2 * r + c] = counts(n, position_of(n, c), weight);
                }
            }

            total[r] = total[r] * shrink + sum;
            max[r] = now;
            UNROLL
            for (int d = 0; d < D / 8; d++)
            {
                out[d][2 * r] *= shrink;
                out[d][2 * r + 1] *= shrink;
            }
        }
    }

    // A tile from `base` on, with the scales of keys in the scores and those of values in the weights. Tokens see what is not behind them.
    DEVICE void attend(const Tile<D>& tile, int base, int position, float scale, int window)
    {
        float s[Positions / 8][4];
        UNROLL
        for (int n = 0; n < Positions / 8; n++)
        {
            s[n][0] = s[n][1] = s[n][2] = s[n][3] = 0;
            int p = 16 * (n / 2) + 4 * (sub / 2) + 2 * (n % 2) + sub % 2;
            UNROLL
            for (int k = 0; k < D / 16; k++)
            {
                uint b0, b1;
                to_halves(tile.keys[p * Tile<D>::KeyStride + 4 * k + quarter], b0, b1);
                multiply_tile(s[n], q[k][0], q[k][1], q[k][2], q[k][3], b0, b1);
            }
        }

        auto score = [&](int r, int p, float product) INLINED
        {
            int own = position + token(r);
            bool sees = base + p <= own && own - (base + p) < window;
            return sees ? product * (tile.key_scales[p] * scale) : Hidden;
        };
        weigh(s, score, [&](int, int p, float weight) INLINED { return weight * tile.value_scales[p]; });
        UNROLL
        for (int m = 0; m < Positions / 16; m++)
        {
            uint a0 = halves(s[2 * m][0], s[2 * m][1]), a1 = halves(s[2 * m][2], s[2 * m][3]);
            uint a2 = halves(s[2 * m + 1][0], s[2 * m + 1][1]), a3 = halves(s[2 * m + 1][2], s[2 * m + 1][3]);
            UNROLL
            for (int d = 0; d < D / 8; d++)
            {
                int element = 8 * d + sub;
                uint b0, b1;
                to_halves(tile.values[element * (Positions / 4) + ((4 * m + quarter) ^ (element / 2 % 4 * 4))], b0, b1);
                multiply_tile(out[d], a0, a1, a2, a3, b0, b1);
            }
        }
    }

    DEVICE void store(float* result, int heads, int head, int count)
    {
        UNROLL
        for (int r = 0; r < 2; r++)
        {
            float sum = total[r] + shuffle_xor(total[r], 1);
            sum += shuffle_xor(sum, 2);
            float inverse = 1.0f / sum;
            UNROLL
            for (int d = 0; d < D / 8; d++)
            {
                if (!real(r, count)) continue;
                float* to = result + ((long long)token(r) * heads + head) * D + 8 * d + 2 * quarter;
                to[0] = out[d][2 * r] * inverse;
                to[1] = out[d][2 * r + 1] * inverse;
            }
        }
    }
};
