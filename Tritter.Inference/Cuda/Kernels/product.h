// A block's rows of a matrix times one vector, on the tensor cores. Each warp multiplies eight neighbouring pieces of
// sixteen rows, and what warps have of a row is added up in the end.
#pragma once
#include "feed.h"

constexpr int SumsOfSlot = Warps * 16;
constexpr int PartialSums = BatchSlots * SumsOfSlot;

// What a lane has of the activations that a piece is multiplied with, as Share::round leaves them: those that codes (lane / 4) % 4 of its four words belong to. The
// tensor cores' column j then has what codes j of all words belong to.
struct TernaryInput
{
    uint4 a;

    DEVICE void read(const uint4* acts, int stride, int piece) { a = acts[(thread() & 31) / 4 % 4 * stride + piece]; }
};

// Ternary codes times int8 activations. Sixteen codes 0, 1, 2 of a word, bits 2 i of byte b being column 4 i + b. Column j of the tensor cores multiplies all that a byte holds with
// what its code j belongs to: what it holds as it is, w0 + 4 w1 + 16 w2 + 64 w3, then w0 + 4 w1, then w0 + 16 w2, then w0. The code that belongs there follows from
// these by subtraction, so that only three of four need masks, and none a shift.
struct TernarySums
{
    typedef TernaryInput Input;
    int c[4][4];

    DEVICE void clear()
    {
        UNROLL
        for (int i = 0; i < 16; i++) c[i / 4][i % 4] = 0;
    }

    // A piece of a row, and of the eighth one after it.
    DEVICE void add(const Input& in, uint4 w, uint4 v)
    {
        UNROLL
        for (int m = 0; m < 2; m++)
        {
            uint w0 = m ? w.z : w.x, w1 = m ? w.w : w.y, v0 = m ? v.z : v.x, v1 = m ? v.w : v.y, b0 = m ? in.a.z : in.a.x, b1 = m ? in.a.w : in.a.y;
            multiply_tile_us(c[0], w0, v0, w1, v1, b0, b1);
            UNROLL
            for (int i = 1; i < 4; i++)
            {
                uint mask = i == 1 ? 0x0f0f0f0fu : i == 2 ? 0x33333333u : 0x03030303u;
                multiply_tile_us(c[i], w0 & mask, v0 & mask, w1 & mask, v1 & mask, b0, b1);
            }
        }
    }

    // Of a row and of the eighth after it, for lanes whose number divides by four: codes 0 and 1 are theirs, 2 and 3 those of the next lane. By all lanes.
    DEVICE int total(int row) const
    {
        int first = 2 * row, second = first + 1;
        int mine = (thread() & 1) == 0 ? c[3][first] + ((c[1][second] - c[3][second]) >> 2)
            : ((c[2][first] - c[3][first]) >> 4) + ((c[0][second] - c[1][second] - (c[2][second] - c[3][second])) >> 6);
        return mine + shuffle_xor(mine, 1);
    }
};

struct WideInput
{
    uint4 high, low;

    DEVICE void read(const uint4* acts, int stride, int piece)
    {
        high = acts[piece];
        low = acts[stride + piece];
    }
};

// int8 weights times activations as Share::round_wide leaves them.
struct WideSums
{
    typedef WideInput Input;
    int upper[4], lower[4];

    DEVICE void clear()
    {
        UNROLL
        for (int i = 0; i < 4; i++) upper[i] = lower[i] = 0;
    }

    DEVICE void add(const Input& in, uint4 w, uint4 v)
    {
        multiply_tile(upper, w.x, v.x, w.y, v.y, in.high.x, in.high.y);
        multiply_tile_su(lower, w.x, v.x, w.y, v.y, in.low.x, in.low.y);
        multiply_tile(upper, w.z, v.z, w.w, v.w, in.high.z, in.high.w);
        multiply_tile_su(lower, w.z, v.z, w.w, v.w, in.low.z, in.low.w);
    }

    DEVICE int total(int row) const { return upper[2 * row] * 256 + lower[2 * row]; }
};

// What a warp has read of a slot: eight pieces of its sixteen rows.
struct SlotShare
{
    uint4 w[2], v[2];

    DEVICE void read(Beginning& held, SlotTurn& turn, const uint4* place, int further, int slots)
    {
        turn.wait(held);
        const uint4* slot = place + turn.slot * SlotPieces;
        w[0] = slot[0], v[0] = slot[further], w[1] = slot[4], v[1] = slot[further + 4];
        turn.release(held);
        turn.advance(slots);
    }
};

// Whole warps call `finish` (row, whether it is one, sum), a row for each lane. `One`: rows take one slot, so what they are multiplied with stays in registers.
// Returns how many warps have finished rows since the last sync.
template <class Sums, bool One, class Finish> DEVICE int multiply_rows(Beginning& held, SlotTurn& turn, const Rows& own, const uint4* acts, int stride, int* sums, Finish finish)
{
    int warp = thread() / 32, lane = thread() & 31, eights = own.log - 3; // log of the warps that share a row
    int piece = 8 * (warp & ((1 << eights) - 1)) + lane % 4;
    const uint4* place = held.slots() + (((warp >> eights) * 16 + lane / 4) * own.stride + piece);
    int further = 8 * own.stride, slots = held.call.slots, parts = own.parts, count = own.count, of_slot = own.of_slot, batch = own.batch;
    if (count == 0) return 0;
    typename Sums::Input in[2];
    acts += piece;
    UNROLL
    for (int s = 0; s < 2 && One; s++) in[s].read(acts, stride, 4 * s);
    // One slot ahead of what is multiplied.
    SlotShare next;
    next.read(held, turn, place, further, slots);
    ROLLED
    for (int done = 0; done < count; done += batch)
    {
        int* to = sums + warp * 16 + lane / 4;
        int end = smaller(count, done + batch);
        ROLLED
        for (int first = done; first < end; first += of_slot)
        {
            Sums sum;
            sum.clear();
            ROLLED
            for (int part = 0; part < parts; part++)
            {
                UNROLL
                for (int s = 0; s < 2 && !One; s++) in[s].read(acts, stride, 64 * part + 4 * s);
                SlotShare now = next;
                if (first + of_slot < count || part + 1 < parts) next.read(held, turn, place, further, slots);
                sum.add(in[0], now.w[0], now.v[0]);
                sum.add(in[1], now.w[1], now.v[1]);
                if (One) break;
            }

            int upper = sum.total(0), lower = sum.total(1);
            if (lane % 4 == 0)
            {
                to[0] = upper;
                to[8] = lower;
            }

            to += SumsOfSlot;
        }

        sync_workers();
        int r = thread(), total = 0;
        if (done + (r & ~31) < end)
        {
            const int* from = sums + ((r / 16 << eights) * 16 + r % 16);
            UNROLL
            for (int s = 0; s < Warps; s++) total += s < 1 << eights ? from[16 * s] : 0;
            finish(own.first + done + r, done + r < end, total);
        }

        if (done + batch < count) sync_workers();
    }

    int last = count % batch;
    return ((last == 0 ? batch : last) + 31) / 32;
}

template <class Finish> DEVICE int multiply(Beginning& held, SlotTurn& turn, Product product, const uint4* acts, int stride, int* sums, Finish finish)
{
    const Rows& own = held.place.rows[product];
    return own.parts == 1 ? multiply_rows<TernarySums, true>(held, turn, own, acts, stride, sums, finish) : multiply_rows<TernarySums, false>(held, turn, own, acts, stride, sums, finish);
}
