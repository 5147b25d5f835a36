// Where the feed leaves weights, keys and values for the block's warps: slots of shared memory, each filled again and again, in one order that all know.
#pragma once
#include "longrow.h"

// A stretch's place in a slot of positions: its keys [position][D], then its values.
template <int D> struct Stretches
{
    static constexpr int Pieces = D / 16;                                 // of a position
    static constexpr int Both = 2 * Stretch * Pieces;                     // of a stretch
    static constexpr int Count = 1024 / Both < Warps ? 1024 / Both : Warps; // in a slot
    static constexpr int Slots = Warps / Count;                           // that hold one for each warp

    // Slots that a block's positions take.
    DEVICE static int slots(const AttentionShare& share)
    {
        if (!share.takes_part) return 0;
        int held = share.last + 1 - share.begin, whole = held / share.stride;
        return whole * Slots + smaller(Slots, (held - whole * share.stride + Count * Stretch - 1) / (Count * Stretch));
    }
};

// The slot that a warp reads next, or fills. A barrier tells only whether the number of its phases is even, so a warp may step over slots that others read as
// long as what was in a slot before is something that it knows to have come: where there are as many slots as lie between two that it waits for. Where there
// are fewer it passes each.
struct SlotTurn
{
    int slot, parity;

    DEVICE void advance(int count, int slots)
    {
        slot += count;
        while (slot >= slots)
        {
            slot -= slots;
            parity ^= 1;
        }
    }

    DEVICE void advance(int slots)
    {
        bool last = ++slot == slots;
        slot = last ? 0 : slot;
        parity ^= last;
    }

    // What the slot holds, once it has come.
    DEVICE uint4* wait(Beginning& held) const
    {
        while (!barrier_passed(held.full + slot, parity)) pause();
        return held.slots() + slot * SlotPieces;
    }

    // Waits for slots that other warps read, one after the other, and counts for each.
    DEVICE void pass(Beginning& held, int count)
    {
        ROLLED
        for (; count > 0; count--)
        {
            wait(held);
            release(held);
            advance(held.call.slots);
        }
    }

    // The warp has read it, and counts as so many of all Warps.
    DEVICE void release(Beginning& held, int count = 1) const
    {
        warp_sync();
        if ((thread() & 31) < count) barrier_arrive(held.empty + slot);
    }
};
