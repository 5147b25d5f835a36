// How the blocks of one launch wait for each other. What others wrote has to be read by load_fresh afterwards: acquiring would empty the
// processor's own cache each time that one looks.
#pragma once
#include "device.h"

struct Meeting
{
    uint* arrived; // how many have come, ever; and beside it what this launch counts from
    uint target;

    DEVICE Meeting(uint* counter) : arrived(counter), target(load_fresh(counter + 1)) {}

    // All blocks; what they wrote before can be read afterwards. `meanwhile` is done while others are on their way.
    template <class Meanwhile> DEVICE void wait(Meanwhile meanwhile)
    {
        target += blocks();
        sync();
        if (thread() == 0) arrive(arrived);
        meanwhile();
        if (thread() == 0)
        {
            while ((int)(look_at(arrived) - target) < 0) pause();
        }

        sync();
    }

    // After the last one.
    DEVICE void leave()
    {
        if (block() == 0 && thread() == 0) arrived[1] = target;
    }
};
