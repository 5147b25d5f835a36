// Many tokens of a prompt at once: the stages of decode.cu for a chunk of T tokens, with matrices on the tensor cores.
#include "heads.h"

KERNEL(256, 1) prefill_embed(const int* tokens, const int8* rows, const float* scales, int padded, int hidden, float* x)
{
    int token = tokens[block()];
    float scale = scales[token];
    for (int i = thread(); i < hidden; i += threads()) x[(long long)block() * hidden + i] = rows[(long long)token * padded + i] * scale;
}

// int8 of the normalised rows [T][width], a block a token. With a branch, x += N(branch) comes first, which stays in x.
KERNEL(256, 1) prefill_round(
    float* x, const float* branch, const float* branch_norm, const float* norm, int width, float epsilon, int padded, int8* rounded, float* steps, int* sums)
{
    DYNAMIC_SHARED(memory);
    float4* row = (float4*)memory;
    float* own = x + (long long)block() * width;
    if (branch)
    {
        fetch_row(row, branch + (long long)block() * width, width);
        copies_commit();
        copies_wait<0>();
        normalize(row, (const float4*)branch_norm, width, epsilon, 0);
        add_row(row, (const float4*)own, own, width);
    }
    else
    {
        fetch_row(row, own, width);
        copies_commit();
        copies_wait<0>();
    }

    normalize(row, (const float4*)norm, width, epsilon, 2);
    RoundedRow q = round_int8(row, width, padded, 4, (uint*)(rounded + (long long)block() * padded));
    if (thread() == 0)
    {
        steps[block()] = q.step;
        sums[block()] = q.sum;
    }
}

// What is done with a product of a row of weights and a token.
enum Mode
{
    Store,
    Add,
    Gated, // rows 2 r and 2 r + 1 are gate and up: relu(gate)² * up
};

// y[T][rows] of ternary weights [rows][pieces] and int8 tokens [T][64 pieces]. A block takes 128 rows and 16 Tiles tokens, a warp a quarter of
// the rows and half of the tokens; pieces of 64 columns come through shared memory, Stages of them at a time on their way. The columns of a
// piece may be multiplied in any order that both sides agree on: a lane takes 16 neighbouring ones, one word of codes, for two steps.
template <int Tiles> DEVICE void multiply_tokens(
    const uint4* weights, int rows, int pieces, const int8* tokens, const float* steps, const int* sums, int count,
    Mode mode, int second_row, int third_row, float first_scale, float second_scale, float third_scale, float* y)
{
    constexpr int Stages = 4, Rows = 128, Tokens = 16 * Tiles;
    DYNAMIC_SHARED(memory);
    uint4* weight_stage = memory;                    // [Stages][Rows]
    uint4* token_stage = memory + Stages * Rows;     // [Stages][Tokens][4]
    int first_row = block() * Rows, first_token = block_y() * Tokens;
    int warp = thread() / 32, lane = thread() & 31;
    int warp_row = warp / 2 * 32, warp_token = warp % 2 * 8 * Tiles;
    int sub = lane / 4, quarter = lane % 4;

    auto fetch = [&](int piece)
    {
        if (piece < pieces)
        {
            int stage = piece % Stages;
            for (int i = thread(); i < Rows; i += threads())
            {
                int row = first_row + i;
                copy_async(weight_stage + stage * Rows + i, weights + (long long)(row < rows ? row : 0) * pieces + piece, row < rows);
            }

            for (int i = thread(); i < Tokens * 4; i += threads())
            {
                int token = first_token + i / 4;
                copy_async(token_stage + stage * Tokens * 4 + i, (const uint4*)tokens + ((long long)(token < count ? token : 0) * pieces + piece) * 4 + i % 4, token < count);
            }
        }

        copies_commit();
    };

    int acc[2][Tiles][4];
    UNROLL
    for (int m = 0; m < 2; m++)
    {
        UNROLL
        for (int n = 0; n < Tiles; n++) acc[m][n][0] = acc[m][n][1] = acc[m][n][2] = acc[m][n][3] = 0;
    }

    for (int i = 0; i < Stages - 1; i++) fetch(i);
    for (int piece = 0; piece < pieces; piece++)
    {
        copies_wait<Stages - 2>();
        sync();
        fetch(piece + Stages - 1);
        const uint* w = (const uint*)(weight_stage + piece % Stages * Rows);
        const uint4* t = token_stage + piece % Stages * Tokens * 4;
        uint code[2][2];
        UNROLL
        for (int m = 0; m < 2; m++)
        {
            code[m][0] = w[(warp_row + 16 * m + sub) * 4 + quarter];
            code[m][1] = w[(warp_row + 16 * m + 8 + sub) * 4 + quarter];
        }

        uint a[2][8];
        UNROLL
        for (int m = 0; m < 2; m++)
        {
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                a[m][2 * i] = code[m][0] >> (2 * i) & 0x03030303u;
                a[m][2 * i + 1] = code[m][1] >> (2 * i) & 0x03030303u;
            }
        }

        UNROLL
        for (int n = 0; n < Tiles; n++)
        {
            uint4 b = t[(warp_token + 8 * n + sub) * 4 + quarter];
            UNROLL
            for (int m = 0; m < 2; m++)
            {
                multiply_tile(acc[m][n], a[m][0], a[m][1], a[m][2], a[m][3], b.x, b.y);
                multiply_tile(acc[m][n], a[m][4], a[m][5], a[m][6], a[m][7], b.z, b.w);
            }
        }
    }

    UNROLL
    for (int m = 0; m < 2; m++)
    {
        UNROLL
        for (int n = 0; n < Tiles; n++)
        {
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                int row = first_row + warp_row + 16 * m + sub + (i < 2 ? 0 : 8);
                int token = first_token + warp_token + 8 * n + 2 * quarter + i % 2;
                bool real = row < rows && token < count;
                float scale = mode == Gated ? (row & 1 ? second_scale : first_scale) : row < second_row ? first_scale : row < third_row ? second_scale : third_scale;
                float product = real ? (acc[m][n][i] - sums[token]) * (scale * steps[token]) : 0;
                if (mode == Gated)
                {
                    // The neighbouring row is four lanes away.
                    float up = shuffle_xor(product, 4);
                    float gate = larger(product, 0.0f);
                    if (real && (row & 1) == 0) y[(long long)token * (rows / 2) + row / 2] = gate * gate * up;
                }
                else if (real)
                {
                    float* to = y + (long long)token * rows + row;
                    *to = mode == Add ? *to + product : product;
                }
            }
        }
    }
}

#define PREFILL_MATRIX(tiles) \
    KERNEL(256, 1) prefill_matrix_##tiles( \
        const uint4* weights, int rows, int pieces, const int8* tokens, const float* steps, const int* sums, int count, \
        int mode, int second_row, int third_row, float first_scale, float second_scale, float third_scale, float* y) \
    { \
        multiply_tokens<tiles>(weights, rows, pieces, tokens, steps, sums, count, (Mode)mode, second_row, third_row, first_scale, second_scale, third_scale, y); \
    }

PREFILL_MATRIX(2)
PREFILL_MATRIX(8)

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

// FlashAttention (arXiv:2307.08691) of a chunk: a block takes 64 tokens of one head, a warp 16 of them, and goes through the positions they see by 64.
// Scales of keys multiply scores, those of values the weights. As in prefill's matrices, a lane's four elements of a product's inner
// dimension are neighbours in memory, on both sides.
template <int D> DEVICE void attend_chunk(const uint* queries, int heads, int kv_heads, KvCache kv, int position, int count, float scale, int window, float* result)
{
    constexpr int Positions = 64, KeyStride = (D + 16) / 4;
    alignas(16) static SHARED uint keys[Positions * KeyStride];      // [position][D] and a gap, against bank conflicts
    alignas(16) static SHARED uint values[D * Positions / 4];        // [D][position], words turned about by `value_word`
    static SHARED float key_scales[Positions], value_scales[Positions];
    int head = block_y(), kv_head = head / (heads / kv_heads);
    int warp = thread() / 32, lane = thread() & 31, sub = lane / 4, quarter = lane % 4;
    int chunk_token = block() * 64;
    int token[2] = { chunk_token + warp * 16 + sub, chunk_token + warp * 16 + sub + 8 };

    uint q[D / 16][4];
    UNROLL
    for (int k = 0; k < D / 16; k++)
    {
        UNROLL
        for (int r = 0; r < 2; r++)
        {
            const uint* from = queries + (((long long)token[r] * heads + head) * D + 16 * k + 4 * quarter) / 2;
            q[k][r] = token[r] < count ? from[0] : 0;
            q[k][2 + r] = token[r] < count ? from[1] : 0;
        }
    }

    float out[D / 8][4], max[2] = { -3e38f, -3e38f }, total[2] = { 0, 0 };
    UNROLL
    for (int d = 0; d < D / 8; d++) out[d][0] = out[d][1] = out[d][2] = out[d][3] = 0;

    int last = position + smaller(chunk_token + 63, count - 1);
    int first = window > position + chunk_token ? 0 : position + chunk_token - window + 1;
    for (int base = first / Positions * Positions; base <= last; base += Positions)
    {
        sync();
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

        sync();
        // Tiles 2 m and 2 m + 1 of the scores are positions 16 m + 4 (c / 2) + c % 2 and those 2 further on, c their column: as the product with the values wants them.
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
                to_halves(keys[p * KeyStride + 4 * k + quarter], b0, b1);
                multiply_tile(s[n], q[k][0], q[k][1], q[k][2], q[k][3], b0, b1);
            }
        }

        UNROLL
        for (int r = 0; r < 2; r++)
        {
            int own = position + token[r];
            float now = max[r];
            UNROLL
            for (int n = 0; n < Positions / 8; n++)
            {
                UNROLL
                for (int c = 0; c < 2; c++)
                {
                    int p = 16 * (n / 2) + 4 * quarter + 2 * (n % 2) + c;
                    bool sees = base + p <= own && own - (base + p) < window;
                    float score = sees ? s[n][2 * r + c] * (key_scales[p] * scale) : -3e38f;
                    s[n][2 * r + c] = score;
                    now = larger(now, score);
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
                    int p = 16 * (n / 2) + 4 * quarter + 2 * (n % 2) + c;
                    float score = s[n][2 * r + c];
                    float weight = score > -2e38f ? power_of_two((score - now) * 1.44269504f) : 0;
                    sum += weight;
                    s[n][2 * r + c] = weight * value_scales[p];
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
                to_halves(values[element * (Positions / 4) + ((4 * m + quarter) ^ (element / 2 % 4 * 4))], b0, b1);
                multiply_tile(out[d], a0, a1, a2, a3, b0, b1);
            }
        }
    }

    UNROLL
    for (int r = 0; r < 2; r++)
    {
        float sum = total[r] + shuffle_xor(total[r], 1);
        sum += shuffle_xor(sum, 2);
        float inverse = 1.0f / sum;
        UNROLL
        for (int d = 0; d < D / 8; d++)
        {
            if (token[r] >= count) continue;
            float* to = result + ((long long)token[r] * heads + head) * D + 8 * d + 2 * quarter;
            to[0] = out[d][2 * r] * inverse;
            to[1] = out[d][2 * r + 1] * inverse;
        }
    }
}

#define PREFILL_HEADS(D) \
    KERNEL(256, 1) prefill_heads_##D( \
        const float* qkv, int heads, int kv_heads, const float* query_norm, const float* key_norm, const float* inverse_frequencies, float epsilon, \
        int8* keys, float* key_scales, int8* values, float* value_scales, int capacity, int position, uint* queries) \
    { \
        prepare_heads<D>(qkv, heads, kv_heads, HeadForm{ query_norm, key_norm, inverse_frequencies, epsilon }, KvCache{ keys, key_scales, values, value_scales, capacity }, position, queries); \
    } \
    KERNEL(128, 2) prefill_attend_##D( \
        const uint* queries, int heads, int kv_heads, int8* keys, float* key_scales, int8* values, float* value_scales, int capacity, \
        int position, int count, float scale, int window, float* result) \
    { \
        attend_chunk<D>(queries, heads, kv_heads, KvCache{ keys, key_scales, values, value_scales, capacity }, position, count, scale, window, result); \
    }

PREFILL_HEADS(64)
PREFILL_HEADS(128)

#ifdef TRITTER_EMULATION
PREFILL_HEADS(16)
#endif
