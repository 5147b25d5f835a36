// The same as decode.cu's for texts of which full-attention layers have int4 pages.
#include "decode.h"

#define DECODE4(D) \
    KERNEL(Threads + Feeders, 1) int4_decode_##D( \
        const Plan* plan, int8* keys, int capacity, int held_from, const uint4* pages, int page_capacity, \
        int token, int position, int from, int to, int head, const float* x, const float* branch, int slots) \
    { \
        decode_layers<D, true>(plan, keys, capacity, held_from, pages, page_capacity, token, position, from, to, head, x, branch, slots); \
    }

DECODE4(64)
DECODE4(128)
