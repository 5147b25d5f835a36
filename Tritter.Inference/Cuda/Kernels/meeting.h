// How the blocks of one launch wait for each other. What others wrote has to be read by load_fresh afterwards: acquiring would empty the
// processor's own cache each time that one looks.
#pragma once
#include "norm.h"

// Of a block: threads that compute, and behind them those that feed them (feed.h).
constexpr int Warps = 8, Threads = 32 * Warps, Feeders = 128;

// Those that compute.
DEVICE void sync_workers() { sync_first<Threads>(); }

struct Meeting
{
    uint* arrived; // how many have come, ever; and beside it what this launch counts from
    uint target;

    DEVICE Meeting(uint* counter) : arrived(counter), target(load_fresh(counter + 1)) {}

    // The block has come, once its first `warps` warps have written what others will read; it may be none. Once for a block: those who look at the counter
    // wait behind all who add to it.
    DEVICE void arrive_by(int warps)
    {
        if (thread() / 32 >= larger(warps, 1)) return;
        if (warps > 1) sync_first(32 * warps);
        else warp_sync();
        if (thread() == 0) arrive(arrived);
    }

    // Until all blocks have. `meanwhile` is done while others are on their way.
    template <class Meanwhile> DEVICE void wait(Meanwhile meanwhile)
    {
        target += blocks();
        meanwhile();
        if (thread() == 0)
        {
            while ((int)(look_at(arrived) - target) < 0) pause();
        }

        sync_workers();
    }

    // After the last one; `came`: once more blocks have come than they have waited.
    DEVICE void leave(bool came)
    {
        if (block() == 0 && thread() == 0) arrived[1] = target + (came ? blocks() : 0);
    }
};
