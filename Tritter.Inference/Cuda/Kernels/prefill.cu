// Many tokens of a prompt at once: the stages of decode.h for a chunk of T tokens, with matrices on the tensor cores.
#include "chunk.h"

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

template <int D> DEVICE void attend_chunk(const uint* queries, int heads, int kv_heads, KvCache kv, int position, int count, float scale, int window, float* result)
{
    static SHARED Tile<D> tile;
    int head = block_y(), kv_head = head / (heads / kv_heads), first_token = block() * Tile<D>::Positions;
    ChunkAttention<D> own(queries, heads, head, first_token, count);
    int last = position + smaller(first_token + 63, count - 1);
    int first = window > position + first_token ? 0 : position + first_token - window + 1;
    for (int base = first / Tile<D>::Positions * Tile<D>::Positions; base <= last; base += Tile<D>::Positions)
    {
        sync();
        tile.load(kv, kv_head, base, last);
        sync();
        own.attend(tile, base, position, scale, window);
    }

    own.store(result, heads, head, count);
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
