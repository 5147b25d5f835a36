// What a token is computed with, as the host lays it down (CudaPlan.cs): the same bytes on both sides.
#pragma once
#include "heads.h"
#include "meeting.h"

// One layer. Matrices are rows of pieces of 16 bytes (CudaMatrix.cs).
struct LayerPlan
{
    const uint4* query_key_value; // [heads + 2 kv heads, D] rows of hidden columns
    const uint4* output;          // [hidden] of heads * D
    const uint4* gate_up;         // [2 intermediate], 2 r and 2 r + 1 gate and up of r, of hidden
    const uint4* down;            // [hidden] of intermediate
    const float* input_norm;
    const float* query_norm;
    const float* key_norm;
    const float* attention_norm;
    const float* mlp_norm;
    const float* gated_norm;
    const float* post_norm;
    float query_scale, key_scale, value_scale, output_scale, gate_scale, up_scale, down_scale;
    int window;  // positions that a token sees, its own among them
    int rotates; // whether heads are rotated by their position
    int number;  // of the layer among those that have int4 pages
};

struct Plan
{
    const LayerPlan* layers;
    const uint4* rows;      // [vocabulary][padded] int8: embedding and output matrix
    const float* row_scales;
    const float* final_norm;
    const float* inverse_frequencies;
    float* heads_out;       // [heads + 2 kv heads][D] of the layer at hand
    float* attended;        // [heads][D]
    float* stream;          // [hidden] residual stream after the attention
    float* gated;           // [intermediate]
    float* branch;          // [hidden] what the feed-forward network adds
    float* parts;           // [splits][heads][D], then [splits][heads] maximum and total weight
    uint* finished;         // [head blocks] parts of the positions that are attended to
    uint* meeting;          // how many blocks have come, ever, and what to count from
    uint64* best;           // [blocks] the block's largest logit and its token, as `ordered` has them
    float* logits;          // [vocabulary]
    int layer_count, hidden, heads, kv_heads, intermediate, vocabulary, padded;
    int splits;             // parts that a text's positions are split into at most
    int magnitude;          // of the stream when it is multiplied with the output matrix
    float epsilon, attention_scale;
    int head_size;
};

constexpr int PieceColumns = 64; // of a ternary matrix
constexpr int Queries = 4;       // of one key head, which a block attends with: a warp each makes them
constexpr int Stretch = 32;      // positions that a warp attends to at a time

DEVICE int pieces_of(int columns) { return (columns + PieceColumns - 1) / PieceColumns; }

// The products that a layer consists of, and the last one.
enum Product { QueryKeyValueProduct, OutputProduct, GateUpProduct, DownProduct, HeadProduct, Products };

constexpr int BatchSlots = 12; // of rows

// A block's rows of a matrix, and how they lie in slots: as many pieces across as 8, 16, 32 or 64 hold of a row; longer rows take several slots. Rows of 64
// lie further apart, so that eight lanes which read four pieces of two rows meet all banks.
struct alignas(16) Rows
{
    int first, count;
    int pieces;  // of 16 bytes, of a row
    int log;     // of the pieces across
    int parts;   // slots that a row takes
    int stride;  // pieces from row to row in a slot
    int of_slot; // rows
    int batch;   // rows of which the sums are kept at a time

    DEVICE void find(const Plan& plan, int product)
    {
        int query_size = plan.heads * plan.head_size, group = product == GateUpProduct ? 2 : 1;
        int rows = product == QueryKeyValueProduct ? query_size + 2 * plan.kv_heads * plan.head_size : product == GateUpProduct ? 2 * plan.intermediate : product == HeadProduct ? plan.vocabulary : plan.hidden;
        first = (int)((long long)(rows / group) * block() / blocks()) * group;
        count = (int)((long long)(rows / group) * (block() + 1) / blocks()) * group - first;
        pieces = product == HeadProduct ? plan.padded / 16 : pieces_of(product == OutputProduct ? query_size : product == DownProduct ? plan.intermediate : plan.hidden);
        log = 3;
        while (log < 6 && 1 << log < pieces) log++;
        parts = (pieces + 63) / 64;
        stride = log < 6 ? 1 << log : 68;
        of_slot = 1024 >> log;
        batch = smaller(BatchSlots, Threads / of_slot) * of_slot;
    }
};

// What is the same for a block all the time.
struct Place
{
    Rows rows[Products];
    int kv_head, first_head, heads; // queries first_head and on, at most Queries of them, with which the block attends
    int head_block, split;          // their number, and which part of the positions

    // By all threads.
    DEVICE void find(const Plan& plan)
    {
        int t = thread();
        if (t < Products) rows[t].find(plan, t);
        if (t == 0)
        {
            int group = plan.heads / plan.kv_heads, tiles = (group + Queries - 1) / Queries, head_blocks = plan.kv_heads * tiles;
            head_block = block() % head_blocks;
            split = block() / head_blocks;
            kv_head = head_block / tiles;
            first_head = kv_head * group + head_block % tiles * Queries;
            heads = smaller(Queries, group - head_block % tiles * Queries);
        }
    }

    // The elements of the residual stream that the block adds to.
    DEVICE const Rows& kept() const { return rows[OutputProduct]; }
};

// Which positions a block attends to in a layer.
struct AttentionShare
{
    int active;        // parts that the positions are split into
    int last;          // the token's own position, which is not in the cache yet
    int begin, stride; // the block's first stretch, of which each warp has one, and what lies between its first stretches
    bool takes_part;   // whether the block has a part
    bool has_own;      // whether the token's own position is in it

    DEVICE AttentionShare(const Plan& plan, const Place& place, int window, int position)
    {
        int first = window > position ? 0 : position - window + 1;
        uint stretches = (uint)(position - first) / Stretch + 1;
        active = smaller(plan.splits, (int)((stretches + Warps - 1) / Warps));
        last = position;
        begin = first + place.split * Warps * Stretch;
        stride = active * Warps * Stretch;
        takes_part = place.split < active;
        has_own = (int)((stretches - 1) / Warps % active) == place.split;
    }

    // The warp's first stretch.
    DEVICE int of_warp() const { return begin + thread() / 32 * Stretch; }
};

// What a launch is asked for.
struct Call
{
    KvCache kv;         // of layer 0
    long long kv_bytes; // from layer to layer
    int token, position, from, to, head, slots;
    const uint4* pages; // with int4, of the first layer that has any (packed.h): [kv heads][page_capacity]
    int page_capacity;
    bool each;          // whether there are too few slots for stepping over those that other warps read (slots.h)

    // Keys and values of a layer.
    DEVICE KvCache layer(int l) const
    {
        long long offset = l * kv_bytes;
        return KvCache{ kv.keys + offset, (float*)((char*)kv.key_scales + offset), kv.values + offset, (float*)((char*)kv.value_scales + offset), kv.capacity };
    }
};

// What a block's warps tell each other: two calls between which there is no other sync take different slots.
struct Exchange
{
    float4 moments[2][Warps];
    float largest[Warps];
    int rounded_sums[Warps];
    uint64 best[Warps];
    int steps[Warps]; // which product each warp is at
};

// What the feed brings at a time: 16 KB of weights, or of keys and values.
constexpr int SlotPieces = 1088, FewestSlots = 3, MostSlots = 11;

// What shared memory begins with, and what a warp would otherwise keep in registers that it lacks.
struct alignas(16) Beginning
{
    Plan plan;
    Place place;
    Call call;
    Exchange exchange;
    float sines[64], cosines[64]; // of the token's position, for each pair of a head's elements
    uint64 full[MostSlots], empty[MostSlots]; // barriers: a slot has come; all have done with it

    DEVICE LayerPlan* layers() { return (LayerPlan*)(this + 1); }
    DEVICE uint4* slots() { return (uint4*)(layers() + plan.layer_count); }
};
static_assert(sizeof(Beginning) <= 3 << 10, "CudaPlan.BeginningBytes");
