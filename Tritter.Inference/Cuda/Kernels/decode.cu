// The kernels that compute a token in one launch, for each width of heads.
#include "decode.h"

#define DECODE(D) \
    KERNEL(Threads + Feeders, 1) decode_##D( \
        const Plan* plan, int8* keys, int capacity, int token, int position, int from, int to, int head, const float* x, const float* branch, int slots) \
    { \
        decode_layers<D, false>(plan, keys, capacity, 0, nullptr, 0, token, position, from, to, head, x, branch, slots); \
    }

DECODE(64)
DECODE(128)

#ifdef TRITTER_EMULATION
// The width of the tests' tiny model.
DECODE(16)

// The first product of layer 0 of what a test has rounded: columns in order, and their sum.
KERNEL(Threads + Feeders, 1) product_16(const Plan* laid_down, const int8* rounded, int total, int slots)
{
    DYNAMIC_SHARED(memory);
    Beginning& held = *(Beginning*)kept_address(memory);
    Plan& plan = held.plan;
    copy_words(&plan, laid_down, 1);
    sync();
    held.place.find(plan);
    copy_words(held.layers(), plan.layers, plan.layer_count);
    held.call = Call{ KvCache{}, 0, 0, 0, 0, 1, 0, slots };
    if (thread() < slots)
    {
        barrier_begin(held.full + thread(), Feeders);
        barrier_begin(held.empty + thread(), Warps);
    }

    int* sums = (int*)(held.slots() + slots * SlotPieces);
    uint4* acts = (uint4*)(sums + PartialSums);
    int stride = (pieces_of(plan.hidden) + 63) / 64 * 64 + Unused;
    for (int i = thread(); i < PieceColumns * stride; i += Threads)
    {
        int g = i / 4;
        if (g / 16 < stride - Unused) ((int8*)acts)[4 * place_of_group(g, stride) + i % 4] = i < plan.hidden ? rounded[i] : 0;
    }

    sync();
    if (thread() >= Threads)
    {
        Feed<16>(held).bring(plan.layers[0].query_key_value, QueryKeyValueProduct);
        return;
    }

    SlotTurn turn = { 0, 0 };
    multiply(held, turn, QueryKeyValueProduct, acts, stride, sums, [&](int r, bool real, int sum) INLINED
    {
        finish<16>(plan, held.layers()[0], QueryKeyValueProduct, nullptr, Rounded{ 1, stride }, r, real, sum - total);
    });
}
#endif
