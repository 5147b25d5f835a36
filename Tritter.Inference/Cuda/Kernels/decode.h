// One token in one launch: as many blocks as the device has multiprocessors go through the layers together and hand each other their shares of the
// products (meeting.h). Every block normalises and rounds the vector at hand for itself, which takes less time than another exchange.
#pragma once
#include "attend4.h"

// Larger for larger logits, and of equal ones for the smaller token.
DEVICE uint64 ordered(float logit, int token)
{
    uint b = bits(logit);
    b = b & 0x80000000u ? ~b : b | 0x80000000u;
    return (uint64)b << 32 | (uint)~token;
}

// Copies what the host laid down to shared memory.
template <class T> DEVICE void copy_words(T* to, const T* from, int count)
{
    for (int i = thread(); i < (int)(count * sizeof(T) / 4); i += Threads) ((uint*)to)[i] = ((const uint*)from)[i];
}

// What a product multiplies, before it is normalised and rounded.
struct Input
{
    const float* row;         // complete once the blocks have met; null: the token's embedding
    const float* branch;      // what is added to it after a norm of its own; null: nothing
    const float* branch_norm;
    const float* norm;
    int width;
    bool meet;                // whether other blocks of this launch make the row
};

// Leaves the input in `acts`: int8, or for the head whole numbers of 16 bits. What the row is before its last norm goes to `kept`, in the part that
// the block's warps add to (OutputProduct), when there is one. There is a sync between what was done before and all writing to `acts`.
DEVICE Rounded prepare(Meeting& meeting, Beginning& held, const Input& input, float* kept, uint4* acts, bool wide)
{
    const Plan& plan = held.plan;
    const Place& place = held.place;
    Exchange& e = held.exchange;
    int groups = input.width / 4, token = held.call.token;
    bool adds = kept || wide; // has a branch, or would but for being the first
    if (groups <= 4 * Threads)
    {
        Share<4> row, weight, branch, branch_weight;
        auto read = [&]() INLINED
        {
            weight.read(input.norm, groups);
            if (input.branch) branch_weight.read(input.branch_norm, groups);
        };
        if (input.meet) meeting.wait(read);
        else read();
        if (input.row) row.load(input.row, groups);
        else row.embed((const int8*)plan.rows + (long long)token * plan.padded, plan.row_scales[token], groups);
        if (input.branch)
        {
            branch.load(input.branch, groups);
            branch.normalize(e, branch_weight, groups, plan.epsilon, 0);
            row.add(branch);
        }

        if (kept) row.store(kept, place.kept().first, place.kept().count);
        row.normalize(e, weight, groups, plan.epsilon, 1);
        return wide ? row.round_wide(e, plan.magnitude, acts) : row.round(e, acts);
    }

    if (groups <= 12 * Threads && !adds)
    {
        Share<12> row, weight;
        meeting.wait([&]() INLINED { weight.read(input.norm, groups); });
        row.load(input.row, groups);
        row.normalize(e, weight, groups, plan.epsilon, 1);
        return row.round(e, acts);
    }

    if (input.meet) meeting.wait([]() {});
    LongRow row = { (const float4*)input.row, (const int8*)plan.rows + (long long)token * plan.padded, plan.row_scales[token], (const float4*)input.branch, (const float4*)input.branch_norm, (const float4*)input.norm, groups };
    row.measure(e, plan.epsilon);
    ROLLED
    for (int g = thread(); kept && g < groups; g += Threads) keep(kept, place.kept().first, place.kept().count, g, row.sum(g));
    return wide ? row.round_wide(e, plan.magnitude, acts) : row.round(e, acts);
}

// What becomes of the sum of a row.
template <int D> DEVICE void finish(const Plan& plan, const LayerPlan& layer, Product product, const float* kept, Rounded q, int r, bool real, int sum)
{
    if (product == QueryKeyValueProduct)
    {
        int keys = plan.heads * D, values = keys + plan.kv_heads * D;
        float scale = r < keys ? layer.query_scale : r < values ? layer.key_scale : layer.value_scale;
        if (real) plan.heads_out[r] = sum * (scale * q.step);
    }
    else if (product == OutputProduct)
    {
        if (real) plan.stream[r] = *kept + sum * (layer.output_scale * q.step);
    }
    else if (product == GateUpProduct)
    {
        // Gate and up are neighbours: relu(gate)² * up.
        float value = sum * ((r & 1 ? layer.up_scale : layer.gate_scale) * q.step);
        float up = shuffle_xor(value, 1);
        float gate = larger(value, 0.0f);
        if (real && (r & 1) == 0) plan.gated[r / 2] = gate * gate * up;
    }
    else if (real)
    {
        plan.branch[r] = sum * (layer.down_scale * q.step);
    }
}

template <int D, bool Packs> DEVICE void attention(SlotTurn& turn, Meeting& meeting, Beginning& held, int l, ScratchOf<D, Packs>& scratch)
{
    const Plan& plan = held.plan;
    const Place& place = held.place;
    const LayerPlan& layer = held.layers()[l];
    KvCache kv = held.call.layer(l);
    ShareOf<Packs> share(plan, place, layer.window, held.call.position);
    AttentionBeginning<D> beginning;
    SlotTurn at_pages = turn, at = turn;
    meeting.wait([&]() INLINED
    {
        beginning.fetch(layer, place, share, kv);
        if constexpr (Packs)
        {
            if (!held.call.each) at_pages.advance(thread() / 32 / PageSlots<D>::Count, held.call.slots);
            turn.advance(PageSlots<D>::slots(share), held.call.slots);
            at = turn;
        }

        if (!held.call.each) at.advance(thread() / 32 / Stretches<D>::Count, held.call.slots);
        turn.advance(Stretches<D>::slots(share), held.call.slots);
    });
    if (!share.takes_part) return;
    make_heads<D>(held, layer, share, beginning, kv, scratch);
    sync_workers();
    Attended<D> own(scratch);
    if constexpr (Packs) attend_pages(held, at_pages, share, scratch, own);
    attend_positions<D>(held, at, share, kv, beginning, scratch, own);
    put_together<D>(plan, place, share, scratch, own);
    if (share.active > 1) put_parts_together<D>(plan, place, share, scratch);
}

// The logits and the largest of them.
DEVICE void multiply_head(Beginning& held, SlotTurn& turn, const uint4* acts, Rounded q, int* sums)
{
    const Plan& plan = held.plan;
    Exchange& e = held.exchange;
    uint64 best = 0;
    multiply_rows<WideSums, false>(held, turn, held.place.rows[HeadProduct], acts, q.stride, sums, [&](int r, bool real, int sum) INLINED
    {
        if (!real) return;
        float logit = sum * (load_weights(plan.row_scales + r) * q.step);
        plan.logits[r] = logit;
        uint64 key = ordered(logit, r);
        best = logit == logit && key > best ? key : best;
    });

    UNROLL
    for (int o = 16; o > 0; o /= 2)
    {
        uint64 other = (uint64)shuffle_xor((uint)(best >> 32), o) << 32 | shuffle_xor((uint)best, o);
        best = other > best ? other : best;
    }

    if ((thread() & 31) == 0) e.best[thread() / 32] = best;
    sync_workers();
    if (thread() == 0)
    {
        for (int w = 1; w < Warps; w++) best = e.best[w] > best ? e.best[w] : best;
        plan.best[block()] = best;
    }
}

// With Packs, whether full-attention layers have int4 pages, `keys` have `capacity` positions from held_from on; else these are all.
// Layers `from` to `to` of a token, and with `head` its logits. x is the residual stream before them and `branch` what is to be added to it; without
// x, in layer 0, it is the token's embedding. Afterwards the plan's stream and branch are what the next layers begin with.
template <int D, bool Packs> DEVICE void decode_layers(
    const Plan* laid_down, int8* keys, int capacity, int held_from, const uint4* pages, int page_capacity, int token, int position, int from, int to, int head, const float* x, const float* branch, int slots)
{
    DYNAMIC_SHARED(memory);
    Beginning& held = *(Beginning*)kept_address(memory);
    Plan& plan = held.plan;
    Place& place = held.place;
    copy_words(&plan, laid_down, 1);
    sync();
    place.find(plan);
    LayerPlan* layers = held.layers();
    copy_words(layers, plan.layers, plan.layer_count);
    float* kept = (float*)(held.slots() + slots * SlotPieces);
    int* sums = (int*)(kept + (plan.hidden / blocks() + 4) / 4 * 4);
    uint4* acts = (uint4*)(sums + PartialSums);
    auto& scratch = *(ScratchOf<D, Packs>*)sums; // never at the same time
    if (thread() < slots)
    {
        barrier_begin(held.full + thread(), Feeders);
        barrier_begin(held.empty + thread(), Warps);
    }

    if (thread() == 0)
    {
        long long elements = (long long)plan.kv_heads * capacity * D, scales = (long long)plan.kv_heads * capacity;
        KvCache first = { keys, (float*)(keys + 2 * elements), keys + elements, (float*)(keys + 2 * elements) + scales, capacity };
        // Where position 0 would be.
        if (Packs) first = { first.keys - (long long)held_from * D, first.key_scales - held_from, first.values - (long long)held_from * D, first.value_scales - held_from, capacity };
        held.call = Call{ first, 2 * elements + 8 * scales, token, position, from, to, head, slots, pages, page_capacity, slots < (Packs ? PageSlots<D>::Slots + 1 : Stretches<D>::Slots) };
    }

    if (thread() < D / 2) sine_cosine(position * load_weights(plan.inverse_frequencies + thread()), held.sines[thread()], held.cosines[thread()]);
    sync();
    if (thread() >= Threads)
    {
        Feed<D, Packs>(held).run();
        return;
    }

    Meeting meeting(plan.meeting);
    SlotTurn turn = { 0, 0 };
    // Once in the program, which has to stay small: what runs is fetched like data. How far it has come stands in shared memory, since the registers
    // for it are those that are missing elsewhere.
    volatile int& step = held.exchange.steps[thread() / 32];
    step = 4 * from;
    warp_sync();
    ROLLED
    for (;;)
    {
        int i = step, l = i / 4;
        if (i >= 4 * to + head) break;
        // All lanes have read it.
        warp_sync();
        step = i + 1;
        Product product = l == to ? HeadProduct : (Product)(i % 4);
        const LayerPlan& layer = layers[smaller(l, plan.layer_count - 1)];
        Input input = { plan.stream, nullptr, nullptr, layer.mlp_norm, plan.hidden, true };
        if (product == OutputProduct) input = { plan.attended, nullptr, nullptr, layer.attention_norm, plan.heads * D, true };
        else if (product == DownProduct) input = { plan.gated, nullptr, nullptr, layer.gated_norm, plan.intermediate, true };
        else if (product != GateUpProduct)
        {
            bool first = l == from;
            input = { first ? x : plan.stream, first ? branch : plan.branch, l > 0 ? layers[l - 1].post_norm : nullptr, l == to ? plan.final_norm : layer.input_norm, plan.hidden, !first };
        }

        Rounded q = prepare(meeting, held, input, product == QueryKeyValueProduct ? kept : nullptr, acts, product == HeadProduct);
        if (product == HeadProduct)
        {
            multiply_head(held, turn, acts, q, sums);
            continue;
        }

        int finished = multiply(held, turn, product, acts, q.stride, sums, [&](int r, bool real, int sum) INLINED
        {
            finish<D>(plan, layer, product, kept + r - place.kept().first, q, r, real, sum - rounded_sum(held.exchange));
        });
        meeting.arrive_by(finished);
        if (product != QueryKeyValueProduct) continue;
        attention<D, Packs>(turn, meeting, held, l, scratch);
        sync_workers();
        meeting.arrive_by(0);
    }

    meeting.leave(!head);
}
