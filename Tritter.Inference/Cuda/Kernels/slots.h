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

// The slot that a warp reads next, or fills.
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

    // The warp has read it, and counts as so many of all Warps.
    DEVICE void release(Beginning& held, int count = 1) const
    {
        warp_sync();
        if ((thread() & 31) < count) barrier_arrive(held.empty + slot);
    }
};

// A warp's way through the slots of a block's stretches or pages (S). A barrier tells only whether the number of its phases is even, so a warp may step over
// slots that others read as long as what was in a slot before is something that it knows to have come: where there are as many slots as lie between two that
// it waits for. Where there are fewer (Call::each) it waits for each of them, and counts there for itself alone.
template <class S> struct SlotWalk
{
    SlotTurn at;
    int left; // where it waits for each: from `at` on

    // From the block's first slot on where it waits for each, else from the warp's.
    template <class Share> DEVICE SlotWalk(Beginning& held, SlotTurn from, const Share& share) : at(from), left(0)
    {
        if (!held.call.each) return;
        left = S::slots(share);
        pass(held, smaller(thread() / 32 / S::Count, left));
    }

    // The warp has read its slot, of which `users` warps read something. They count for all, its first one for those that are missing.
    DEVICE void release(Beginning& held, int users)
    {
        bool each = held.call.each;
        at.release(held, each ? 1 : Warps / S::Count * (thread() / 32 % S::Count == 0 ? S::Count + 1 - users : 1));
        at.advance(each ? 1 : S::Slots, held.call.slots);
        if (!each) return;
        left--;
        pass(held, smaller(S::Slots - 1, left));
    }

    // What is left after the warp's last one.
    DEVICE void end(Beginning& held) { pass(held, left); }

private:
    DEVICE void pass(Beginning& held, int count)
    {
        left -= count;
        ROLLED
        for (; count > 0; count--)
        {
            at.wait(held);
            at.release(held);
            at.advance(held.call.slots);
        }
    }
};
