// Matrix times one vector: what decoding a token does. Several lanes of a warp share a row, and the weights of the next step are asked for
// before those at hand are multiplied; the first ones even before the vector exists.
#pragma once
#include "norm.h"

// Pieces of 16 bytes of weights that a lane holds at a time.
constexpr int Batch = 4;

struct RowWeights
{
    const uint4* first; // [rows][pieces]
    int rows, pieces;
    int lanes;          // that share a row: a power of two
};

struct RowCursor
{
    RowWeights m;
    int row, at, stride;
    uint4 next[Batch];

    DEVICE void load(int u)
    {
        int piece = at + u * m.lanes + (thread() & (m.lanes - 1));
        next[u] = row < m.rows && piece < m.pieces ? load_weights(m.first + (long long)row * m.pieces + piece) : uint4{ 0, 0, 0, 0 };
    }

    DEVICE RowCursor(RowWeights weights) : m(weights)
    {
        int shares = threads() / m.lanes;
        row = block() * shares + thread() / m.lanes;
        stride = blocks() * shares;
        at = 0;
        UNROLL
        for (int u = 0; u < Batch; u++) load(u);
    }
};

// For each row: `dot` (weights of a piece, its number) summed over the row, then `finish` (row, sum) on all lanes of the row's warp; the row may
// be past the end there.
template <class Dot, class Finish> DEVICE void multiply_rows(RowCursor& c, Dot dot, Finish finish)
{
    // The warp's lanes stay together for the shuffles.
    int shares = threads() / c.m.lanes;
    int lane = thread() & (c.m.lanes - 1);
    int warp_row = block() * shares + (thread() & ~31) / c.m.lanes;
    while (warp_row < c.m.rows)
    {
        int row = c.row, sum = 0;
        for (int at = 0; at < c.m.pieces; at += Batch * c.m.lanes)
        {
            c.at = at + Batch * c.m.lanes;
            if (c.at >= c.m.pieces)
            {
                c.at = 0;
                c.row += c.stride;
            }

            UNROLL
            for (int u = 0; u < Batch; u++)
            {
                uint4 w = c.next[u];
                c.load(u);
                int piece = at + u * c.m.lanes + lane;
                if (piece < c.m.pieces) sum = dot(w, piece, sum);
            }
        }

        for (int o = c.m.lanes / 2; o > 0; o /= 2) sum += shuffle_xor(sum, o);
        finish(row, sum);
        warp_row += c.stride;
    }
}

// Sixteen codes 0, 1, 2 of a word: bits 2 i of byte b are column 4 i + b.
DEVICE int dot_word(uint w, uint4 a, int sum)
{
    sum = dp4a(w & 0x03030303u, a.x, sum);
    sum = dp4a(w >> 2 & 0x03030303u, a.y, sum);
    sum = dp4a(w >> 4 & 0x03030303u, a.z, sum);
    return dp4a(w >> 6 & 0x03030303u, a.w, sum);
}

// Activations in shared memory as [quarter of a piece][piece] of 16 bytes, so that neighbouring lanes read neighbouring places.
struct TernaryDot
{
    const uint4* acts;
    int pieces;

    DEVICE int operator()(uint4 w, int piece, int sum) const
    {
        // Sums that do not wait for each other.
        int x = dot_word(w.x, acts[piece], sum), y = dot_word(w.y, acts[pieces + piece], 0);
        int z = dot_word(w.z, acts[2 * pieces + piece], 0), v = dot_word(w.w, acts[3 * pieces + piece], 0);
        return x + y + (z + v);
    }
};

struct TernaryPlace
{
    int pieces;

    DEVICE int operator()(int g) const { return 4 * ((g / 4 % 4) * pieces + g / 16) + g % 4; }
};
