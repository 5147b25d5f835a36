// Attention of one token: softmax(q K scale) V over int8 keys and values. The positions are split among
// blocks; the last one of a head to finish puts the parts together. Queries are rounded to 16 bits as in Kernels/Int8Attention.cs, so scores come
// from the same whole numbers.
#pragma once
#include "attended.h"

// What a warp fetches before the blocks have met: it depends on no other block.
template <int D> struct AttentionBeginning
{
    Head<D> norm;
    float key_scale, value_scale; // of the lane's position of the first stretch

    DEVICE void fetch(const LayerPlan& layer, const Place& place, const AttentionShare& share, const KvCache& kv)
    {
        int own = share.of_warp() + (thread() & 31);
        norm.read(thread() / 32 < Queries ? layer.query_norm : layer.key_norm);
        // The token's own place is there in any case.
        long long at = kv.place(place.kv_head, share.takes_part && own < share.last ? own : share.last);
        key_scale = load_fresh(kv.key_scales + at);
        value_scale = load_fresh(kv.value_scales + at);
    }
};

// Only pages of codes need a query as it was.
template <int D> DEVICE void keep_query(AttentionScratch<D>&, int, int, float) {}

// The token's queries, key and value: into shared memory, key and value into the cache as well. Blocks of other queries of the same head write the same.
template <int D, class Scratch> DEVICE void make_heads(
    const Beginning& held, const LayerPlan& layer, const AttentionShare& share, const AttentionBeginning<D>& beginning, const KvCache& kv, Scratch& s)
{
    const Plan& plan = held.plan;
    const Place& place = held.place;
    int warp = thread() / 32;
    bool is_query = warp < Queries, is_key = warp == Queries, is_value = warp == Queries + 1;
    if (!is_query && !(share.has_own && (is_key || is_value))) return;
    int number = is_query ? place.first_head + smaller(warp, place.heads - 1) : plan.heads + (is_key ? 0 : plan.kv_heads) + place.kv_head;
    Head<D> head;
    head.load(plan.heads_out + number * D);
    if (!is_value)
    {
        head.normalize(beginning.norm, plan.epsilon);
        if (layer.rotates) head.rotate(Turn<D>(held.sines, held.cosines));
    }

    float max = head.max();
    if (is_query)
    {
        float factor = nearly_divided(32767.0f, max);
        UNROLL
        for (int i = 0; i < Head<D>::Count; i++)
        {
            if (!Head<D>::has(i)) continue;
            int q = smaller(round_to_int(head.x[i] * factor), 32767);
            keep_query(s, warp, Head<D>::element(i), head.x[i]);
            ((int8*)s.query_high[warp])[Head<D>::element(i)] = (int8)(q >> 8);
            ((int8*)s.query_low[warp])[Head<D>::element(i)] = (int8)(q & 255);
        }

        if ((thread() & 31) == 0) s.query_steps[warp] = max / 32767.0f * plan.attention_scale;
        return;
    }

    float factor = nearly_divided(127.0f, max);
    long long at = kv.place(place.kv_head, share.last);
    int8* cached = (is_key ? kv.keys : kv.values) + at * D;
    int8* own = (int8*)(is_key ? s.own_key : s.own_value);
    UNROLL
    for (int i = 0; i < Head<D>::Count; i++)
    {
        if (Head<D>::has(i)) cached[Head<D>::element(i)] = own[Head<D>::element(i)] = (int8)round_to_int(head.x[i] * factor);
    }

    if ((thread() & 31) == 0)
    {
        (is_key ? kv.key_scales : kv.value_scales)[at] = max / 127.0f;
        (is_key ? s.own_key_scale : s.own_value_scale) = max / 127.0f;
    }
}

// The warp's positions, from slot `at` on.
template <int D> DEVICE void attend_positions(
    Beginning& all, SlotTurn at, const AttentionShare& share, const KvCache& kv, AttentionBeginning<D>& beginning, AttentionScratch<D>& s, Attended<D>& own)
{
    typedef Stretches<D> S;
    int warp = thread() / 32, lane = thread() & 31;
    SlotWalk<S> walk(all, at, share);
    ROLLED
    for (int base = share.of_warp(); base <= share.last; base += share.stride)
    {
        uint4* keys = walk.at.wait(all) + warp % S::Count * S::Both;
        uint4* values = keys + S::Both / 2;
        int behind = share.last - base;
        float key_scale = beginning.key_scale, value_scale = beginning.value_scale;
        if (behind < Stretch)
        {
            // The token's own position is among these, and not in the cache yet.
            if (lane < S::Pieces) keys[behind * S::Pieces + lane] = s.own_key[lane];
            else if (lane < 2 * S::Pieces) values[behind * S::Pieces + lane - S::Pieces] = s.own_value[lane - S::Pieces];
            key_scale = lane == behind ? s.own_key_scale : key_scale;
            value_scale = lane == behind ? s.own_value_scale : value_scale;
            warp_sync();
        }
        else if (behind >= share.stride)
        {
            long long place = kv.place(all.place.kv_head, smaller(base + share.stride + lane, share.last - 1));
            beginning.key_scale = load_fresh(kv.key_scales + place);
            beginning.value_scale = load_fresh(kv.value_scales + place);
        }

        int scores[2][4];
        own.score(s, keys, scores);
        float shrink, step;
        own.weigh(scores, key_scale, value_scale, behind + 1, s.weights[warp], shrink, step);
        warp_sync();
        own.add(values, s.weights[warp], shrink, step);
        walk.release(all, smaller(S::Count, (behind + warp % S::Count * Stretch) / Stretch + 1));
    }

    walk.end(all);
}

// The block's warps together: the result, or a part of it.
template <int D> DEVICE void put_together(const Plan& plan, const Place& place, const AttentionShare& share, AttentionScratch<D>& s, Attended<D>& own)
{
    int warp = thread() / 32, lane = thread() & 31;
    UNROLL
    for (int j = 0; j < 2; j++)
    {
        UNROLL
        for (int o = 4; o < 32; o *= 2) own.total[j] += shuffle_xor(own.total[j], o);
        if (lane < 2)
        {
            s.maxima[warp][2 * lane + j] = own.max[j];
            s.totals[warp][2 * lane + j] = own.total[j];
        }
    }

    sync_workers();
    float m = Unseen;
    UNROLL
    for (int w = 0; w < Warps; w++) m = larger(m, s.maxima[w][lane % 4]);
    float shrink = exponential(s.maxima[warp][lane % 4] - m);
    UNROLL
    for (int e = 0; e < Attended<D>::Own; e++) ((float*)s.outputs[warp][lane % 4])[lane / 4 * Attended<D>::Own + e] = own.accumulated[e] * shrink;
    if (lane < Queries) s.limits[warp][lane] = float2{ m, s.totals[warp][lane] * shrink };
    sync_workers();
    float2* limits = (float2*)(plan.parts + (long long)plan.splits * plan.heads * D);
    ROLLED
    for (int i = 2 * thread(); i < place.heads * D; i += 2 * Threads)
    {
        int g = i / D, d = i % D;
        float2 sum = { 0, 0 };
        float all = 0;
        UNROLL
        for (int w = 0; w < Warps; w++)
        {
            float2 two = *(const float2*)((const float*)s.outputs[w][g] + d);
            sum.x += two.x, sum.y += two.y;
            all += s.limits[w][g].y;
        }

        if (share.active == 1)
        {
            *(float2*)(plan.attended + (place.first_head + g) * D + d) = float2{ sum.x / all, sum.y / all };
            continue;
        }

        int at = place.split * plan.heads + place.first_head + g;
        *(float2*)(plan.parts + (long long)at * D + d) = sum;
        if (d == 0) limits[at] = float2{ s.limits[0][g].x, all };
    }
}

// The last block of a head puts all parts together.
template <int D> DEVICE void put_parts_together(const Plan& plan, const Place& place, const AttentionShare& share, AttentionScratch<D>& s)
{
    const float2* limits = (const float2*)(plan.parts + (long long)plan.splits * plan.heads * D);
    int warp = thread() / 32, lane = thread() & 31;
    sync_workers();
    if (thread() == 0)
    {
        s.is_last = arrive_after(plan.finished + place.head_block) == (uint)share.active - 1;
        if (s.is_last) plan.finished[place.head_block] = 0;
    }

    sync_workers();
    if (!s.is_last) return;
    // A thread has two elements of up to 512: the first parts' sums are on their way while a warp a head finds what each part counts.
    constexpr int AtATime = 16;
    int element = smaller(2 * thread(), place.heads * D - 2), stride = plan.heads * D;
    const float* from = plan.parts + place.first_head * D + element;
    float2 v[AtATime], sum = { 0, 0 };
    auto load = [&](int b) INLINED
    {
        UNROLL
        for (int j = 0; j < AtATime; j++)
        {
            v[j] = float2{ 0, 0 };
            if (b + j < share.active) v[j] = load_fresh((const float2*)from);
            from += stride;
        }
    };
    load(0);
    if (warp < place.heads)
    {
        float2 limit[MostSplits / 32];
        float m = Unseen, all = 0;
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++)
        {
            int b = lane + 32 * i;
            limit[i] = float2{ Unseen, 0 };
            if (b < share.active) limit[i] = load_fresh(limits + b * plan.heads + place.first_head + warp);
            m = larger(m, limit[i].x);
        }

        m = warp_max(m);
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++)
        {
            limit[i].x = exponential(limit[i].x - m);
            all += limit[i].y * limit[i].x;
        }

        all = nearly_divided(1.0f, warp_sum(all));
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++) s.factors[warp][lane + 32 * i] = limit[i].x * all;
    }

    sync_workers();
    int g = element / D;
    ROLLED
    for (int b = 0; b < share.active; b += AtATime)
    {
        UNROLL
        for (int j = 0; j < AtATime; j++)
        {
            float factor = s.factors[g][b + j];
            sum.x = multiply_add(factor, v[j].x, sum.x);
            sum.y = multiply_add(factor, v[j].y, sum.y);
        }

        if (b + AtATime < share.active) load(b + AtATime);
    }

    if (2 * thread() < place.heads * D) *(float2*)(plan.attended + place.first_head * D + element) = sum;
}
