// One token through a layer in five launches, and its beginning and end. x is the residual stream, which every block reads and normalises for
// itself: that takes less time than another launch would. `room` says whether shared memory takes all
// rows that a block normalises with.
#include "rows.h"

// Written by the host before a token and read by it afterwards.
struct State
{
    int token;
    int position;
    uint64 best; // the largest logit and its token, as `ordered` has them
};

// Larger for larger logits, and of equal ones for the smaller token.
DEVICE uint64 ordered(float logit, int token)
{
    uint b = bits(logit);
    b = b & 0x80000000u ? ~b : b | 0x80000000u;
    return (uint64)b << 32 | (uint)~token;
}

KERNEL(256, 1) decode_embed(State* state, const int8* rows, const float* scales, int padded, int hidden, float* x)
{
    wait_for_previous();
    next_may_begin();
    int token = load_fresh(&state->token), i = block() * threads() + thread();
    if (i == 0) state->best = 0;
    if (i < hidden) x[i] = rows[(long long)token * padded + i] * scales[token];
}

// Queries, keys and values of the normalised stream. `branch` is what the feed-forward network before left to add; null in the first layer.
KERNEL(512, 2) decode_qkv(
    const float* x, const float* branch, const float* branch_norm, float* x_out, const float* norm, int hidden, float epsilon,
    const uint4* weights, int rows, int pieces, int lanes, int key_row, int value_row, float query_scale, float key_scale, float value_scale, float* y,
    int room)
{
    RowCursor cursor(RowWeights{ weights, rows, pieces, lanes });
    DYNAMIC_SHARED(memory);
    uint4* acts = memory;
    float4* row = (float4*)memory + 4 * pieces;
    float4* free = row + hidden / 4;
    const float4* norm_row = staged_row(free, norm, hidden, room);
    float* out = block() == 0 ? x_out : nullptr;
    if (branch)
    {
        const float4* branch_norm_row = staged_row(free, branch_norm, hidden, room);
        wait_for_previous();
        next_may_begin();
        fetch_row(row, branch, hidden);
        const float4* x_row = staged_row(free, x, hidden, room);
        copies_commit();
        copies_wait<0>();
        normalize(row, branch_norm_row, hidden, epsilon, 0);
        add_row(row, x_row, out, hidden);
    }
    else
    {
        wait_for_previous();
        next_may_begin();
        fetch_row(row, x, hidden);
        copies_commit();
        copies_wait<0>();
        for (int g = thread(); out && g < hidden / 4; g += threads()) ((float4*)out)[g] = row[g];
    }

    normalize(row, norm_row, hidden, epsilon, 2);
    Rounded q = round_int8(row, hidden, 64 * pieces, 4, (uint*)acts, TernaryPlace{ pieces });
    multiply_rows(cursor, TernaryDot{ acts, pieces }, [=](int r, int sum)
    {
        float scale = r < key_row ? query_scale : r < value_row ? key_scale : value_scale;
        if (r < rows && (thread() & (lanes - 1)) == 0) y[r] = (sum - q.sum) * (scale * q.step);
    });
}

// y = or += the product with the normalised input: the attention's output matrix and the feed-forward network's second one.
KERNEL(512, 2) decode_matrix(
    const float* input, const float* norm, int width, float epsilon, const uint4* weights, int rows, int pieces, int lanes, float scale, int add, float* y,
    int room)
{
    RowCursor cursor(RowWeights{ weights, rows, pieces, lanes });
    DYNAMIC_SHARED(memory);
    uint4* acts = memory;
    float4* row = (float4*)memory + 4 * pieces;
    float4* free = row + width / 4;
    const float4* norm_row = staged_row(free, norm, width, room);
    wait_for_previous();
    next_may_begin();
    fetch_row(row, input, width);
    copies_commit();
    copies_wait<0>();
    normalize(row, norm_row, width, epsilon, 0);
    Rounded q = round_int8(row, width, 64 * pieces, 2, (uint*)acts, TernaryPlace{ pieces });
    multiply_rows(cursor, TernaryDot{ acts, pieces }, [=](int r, int sum)
    {
        if (r >= rows || (thread() & (lanes - 1)) != 0) return;
        float product = (sum - q.sum) * (scale * q.step);
        y[r] = add ? load_fresh(y + r) + product : product;
    });
}

// relu(gate)² * up of the normalised stream. Rows 2 r and 2 r + 1 of the weights are gate and up of r; lanes is at most 16.
KERNEL(512, 2) decode_gated(
    const float* x, const float* norm, int hidden, float epsilon, const uint4* weights, int rows, int pieces, int lanes, float gate_scale, float up_scale, float* y,
    int room)
{
    RowCursor cursor(RowWeights{ weights, rows, pieces, lanes });
    DYNAMIC_SHARED(memory);
    uint4* acts = memory;
    float4* row = (float4*)memory + 4 * pieces;
    float4* free = row + hidden / 4;
    const float4* norm_row = staged_row(free, norm, hidden, room);
    wait_for_previous();
    next_may_begin();
    fetch_row(row, x, hidden);
    copies_commit();
    copies_wait<0>();
    normalize(row, norm_row, hidden, epsilon, 0);
    Rounded q = round_int8(row, hidden, 64 * pieces, 2, (uint*)acts, TernaryPlace{ pieces });
    multiply_rows(cursor, TernaryDot{ acts, pieces }, [=](int r, int sum)
    {
        float product = (sum - q.sum) * ((r & 1 ? up_scale : gate_scale) * q.step);
        float up = shuffle_xor(product, lanes);
        float gate = larger(product, 0);
        if (r < rows && (r & 1) == 0 && (thread() & (lanes - 1)) == 0) y[r / 2] = gate * gate * up;
    });
}

// The logits: int8 rows with a scale each, times the stream rounded to as many bits as an exact 32-bit sum allows (Kernels/EmbeddingHead.cs),
// of which high and low bytes are multiplied apart.
KERNEL(512, 2) decode_head(
    const float* x, const float* branch, const float* branch_norm, const float* norm, int hidden, float epsilon,
    const uint4* weights, const float* scales, int vocabulary, int padded, int lanes, int magnitude, float* logits, State* state, int room)
{
    RowCursor cursor(RowWeights{ weights, vocabulary, padded / 16, lanes });
    DYNAMIC_SHARED(memory);
    uint4* high = memory;
    uint4* low = high + padded / 16;
    float4* row = (float4*)(low + padded / 16);
    float4* free = row + hidden / 4;
    const float4* branch_norm_row = staged_row(free, branch_norm, hidden, room);
    const float4* norm_row = staged_row(free, norm, hidden, room);
    wait_for_previous();
    next_may_begin();
    fetch_row(row, branch, hidden);
    const float4* x_row = staged_row(free, x, hidden, room);
    copies_commit();
    copies_wait<0>();
    normalize(row, branch_norm_row, hidden, epsilon, 0);
    add_row(row, x_row, nullptr, hidden);
    normalize(row, norm_row, hidden, epsilon, 2);
    float max = row_max(row, hidden, 4);
    float scale = magnitude / max;
    for (int g = thread(); g < padded / 4; g += threads())
    {
        uint h = 0, l = 0;
        if (g < hidden / 4)
        {
            float4 v = row[g];
            int a = smaller(round_to_int(v.x * scale), magnitude), b = smaller(round_to_int(v.y * scale), magnitude);
            int c = smaller(round_to_int(v.z * scale), magnitude), d = smaller(round_to_int(v.w * scale), magnitude);
            h = four_bytes(a >> 8, b >> 8, c >> 8, d >> 8);
            l = four_bytes(a, b, c, d);
        }

        ((uint*)high)[g] = h;
        ((uint*)low)[g] = l;
    }

    sync();
    float step = max / magnitude;
    uint64 best = 0;
    multiply_rows(cursor, [=](uint4 w, int piece, int sum)
    {
        uint4 h = high[piece], l = low[piece];
        int upper = dp4a(w.w, h.w, dp4a(w.z, h.z, dp4a(w.y, h.y, dp4a(w.x, h.x, 0))));
        sum += upper * 256;
        return dp4a_su(w.w, l.w, dp4a_su(w.z, l.z, dp4a_su(w.y, l.y, dp4a_su(w.x, l.x, sum))));
    }, [&](int r, int sum)
    {
        if (r >= vocabulary || (thread() & (lanes - 1)) != 0) return;
        float logit = sum * (scales[r] * step);
        logits[r] = logit;
        uint64 key = ordered(logit, r);
        best = key > best ? key : best;
    });

    UNROLL
    for (int o = 16; o > 0; o /= 2)
    {
        uint64 other = (uint64)shuffle_xor((uint)(best >> 32), o) << 32 | shuffle_xor((uint)best, o);
        best = other > best ? other : best;
    }

    if ((thread() & 31) == 0 && best) atomic_max(&state->best, best);
}
