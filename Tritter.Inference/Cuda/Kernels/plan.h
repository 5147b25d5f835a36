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
    int unused;
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

constexpr int Warps = 16, Threads = 32 * Warps;
constexpr int AttentionWarps = 8; // of them, that attend to the cache
constexpr int PieceColumns = 64; // of a ternary matrix
constexpr int Queries = 4;       // of one key head, which a block attends with: a warp each makes them
constexpr int Stretch = 32;      // positions that a warp attends to at a time

DEVICE int pieces_of(int columns) { return (columns + PieceColumns - 1) / PieceColumns; }
DEVICE int units_of(int pieces) { return (pieces + 31) / 32; }

// The products that a layer consists of, and the last one.
enum Product { QueryKeyValueProduct, OutputProduct, GateUpProduct, DownProduct, HeadProduct, Products };

// A warp's part of what all warps of the device share out.
struct Range
{
    int first, count;
};

// A matrix: its rows, how many of them stay together, and 16-byte pieces of a row.
struct MatrixForm
{
    int rows, group, pieces;

    DEVICE MatrixForm(const Plan& plan, int product)
    {
        int query_size = plan.heads * plan.head_size;
        group = product == GateUpProduct ? 2 : 1;
        rows = product == QueryKeyValueProduct ? query_size + 2 * plan.kv_heads * plan.head_size : product == GateUpProduct ? 2 * plan.intermediate : product == HeadProduct ? plan.vocabulary : plan.hidden;
        pieces = product == HeadProduct ? plan.padded / 16 : pieces_of(product == OutputProduct ? query_size : product == DownProduct ? plan.intermediate : plan.hidden);
    }
};

// What is the same for a block all the time.
struct Place
{
    Range ranges[Products][Warps]; // rows of each warp
    int kv_head, first_head, heads; // queries first_head and on, at most Queries of them, with which the block attends
    int head_block, split;          // their number, and which part of the positions

    // By all threads.
    DEVICE void find(const Plan& plan)
    {
        int t = thread();
        if (t < Products * Warps)
        {
            MatrixForm form(plan, t / Warps);
            int index = block() * Warps + t % Warps, all = blocks() * Warps, total = form.rows / form.group;
            int first = (int)((long long)total * index / all), end = (int)((long long)total * (index + 1) / all);
            ranges[t / Warps][t % Warps] = Range{ first * form.group, (end - first) * form.group };
        }

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

    DEVICE Range own(int product) const { return ranges[product][thread() / 32]; }

    // The elements of the residual stream that the block adds to.
    DEVICE int first_kept() const { return ranges[OutputProduct][0].first; }
    DEVICE int kept() const { return ranges[OutputProduct][Warps - 1].first + ranges[OutputProduct][Warps - 1].count - first_kept(); }
};

// Which positions a warp attends to in a layer.
struct AttentionShare
{
    int active;        // parts that the positions are split into
    int last;          // the token's own position, which is not among those of the cache
    int begin, stride; // the warp's first stretch, and what lies between two of its stretches
    bool takes_part;   // whether the block has a part
    bool has_own;      // whether it attends to the token itself: the block with the fewest others does

    DEVICE AttentionShare(const Plan& plan, const Place& place, int window, int position)
    {
        int first = window > position ? 0 : position - window + 1;
        uint stretches = (uint)(position - first + Stretch - 1) / Stretch;
        active = larger(1, smaller(plan.splits, (int)((stretches + AttentionWarps - 1) / AttentionWarps)));
        last = position;
        int warp = thread() / 32;
        begin = warp < AttentionWarps ? first + (place.split * AttentionWarps + warp) * Stretch : last;
        stride = active * AttentionWarps * Stretch;
        takes_part = place.split < active;
        has_own = place.split == active - 1;
    }
};

// What a launch is asked for.
struct Call
{
    KvCache kv;         // of layer 0
    long long kv_bytes; // from layer to layer
    int token, position, from, to, head, steps;

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

// What shared memory begins with, and what a warp would otherwise keep in registers that it lacks.
struct alignas(16) Beginning
{
    Plan plan;
    Place place;
    Call call;
    Exchange exchange;
    float sines[64], cosines[64]; // of the token's position, for each pair of a head's elements

    DEVICE LayerPlan* layers() { return (LayerPlan*)(this + 1); }
    DEVICE uint4* ring() { return (uint4*)(layers() + plan.layer_count); }
};
static_assert(sizeof(Beginning) <= 3 << 10, "CudaPlan.BeginningBytes");
