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
        int own = share.begin + (thread() & 31);
        norm.read(thread() / 32 < Queries ? layer.query_norm : layer.key_norm);
        long long at = kv.place(place.kv_head, share.takes_part && own < share.last ? own : 0);
        key_scale = load_fresh(kv.key_scales + at);
        value_scale = load_fresh(kv.value_scales + at);
    }
};

// The token's queries, key and value: into shared memory, key and value into the cache as well. Blocks of other queries of the same head write the same.
template <int D> DEVICE void make_heads(
    const Beginning& held, const LayerPlan& layer, const AttentionShare& share, const AttentionBeginning<D>& beginning, const KvCache& kv, AttentionScratch<D>& s)
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
        float factor = 32767.0f / max;
        UNROLL
        for (int i = 0; i < Head<D>::Count; i++)
        {
            if (!Head<D>::has(i)) continue;
            int q = smaller(round_to_int(head.x[i] * factor), 32767);
            ((int8*)s.query_high[warp])[Head<D>::element(i)] = (int8)(q >> 8);
            ((int8*)s.query_low[warp])[Head<D>::element(i)] = (int8)(q & 255);
        }

        if ((thread() & 31) == 0) s.query_steps[warp] = max / 32767.0f * plan.attention_scale;
        return;
    }

    float factor = 127.0f / max;
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

// The warp's positions of the cache, or the token's own.
template <int D> DEVICE void attend_positions(
    Feed<D>& feed, const Place& place, const AttentionShare& share, const KvCache& kv, AttentionBeginning<D>& beginning, AttentionScratch<D>& s, Attended<D>& own)
{
    constexpr int Steps = Feed<D>::KvSteps, Half = 16 * D / 16; // pieces of 16 positions
    int warp = thread() / 32, lane = thread() & 31;
    bool owes = share.has_own && warp == AttentionWarps;
    ROLLED
    for (int base = share.begin; base < share.last || owes; base += share.stride)
    {
        bool cached = base < share.last;
        owes = owes && cached;
        float key_scale = cached ? beginning.key_scale : s.own_key_scale, value_scale = cached ? beginning.value_scale : s.own_value_scale;
        int next = base + share.stride + lane;
        long long at = kv.place(place.kv_head, next < share.last ? next : 0);
        beginning.key_scale = load_fresh(kv.key_scales + at);
        beginning.value_scale = load_fresh(kv.value_scales + at);
        const uint4* halves[2] = { s.own_key, s.own_key + Half };
        auto fetch = [&]() INLINED
        {
            halves[0] = feed.take() - lane;
            halves[1] = Steps == 1 ? halves[0] + Half : feed.template take<Steps - 1>() - lane;
            warp_sync();
        };
        auto release = [&]() INLINED
        {
            warp_sync();
            UNROLL
            for (int i = 0; i < Steps; i++) feed.ask();
        };

        int scores[2][4];
        if (cached) fetch();
        own.score(s, halves[0], scores[0]);
        own.score(s, halves[1], scores[1]);
        if (cached) release();
        else halves[0] = s.own_value, halves[1] = s.own_value + Half;

        float shrink, step;
        own.weigh(scores, key_scale, value_scale, cached ? share.last - base : 1, s.weights[warp], shrink, step);
        warp_sync();
        if (cached) fetch();
        own.add(halves, s.weights[warp], shrink, step);
        if (cached) release();
        else warp_sync();
    }
}

// The block's warps together: the result, or a part of it.
template <int D> DEVICE void put_together(const Plan& plan, const Place& place, const AttentionShare& share, AttentionScratch<D>& s, Attended<D>& own)
{
    int warp = thread() / 32, lane = thread() & 31;
    if (warp < Attendants)
    {
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

        UNROLL
        for (int e = 0; e < Attended<D>::Own; e++) ((float*)s.outputs[warp][lane % 4])[lane / 4 * Attended<D>::Own + e] = own.accumulated[e];
    }

    sync();
    float* limits = plan.parts + (long long)plan.splits * plan.heads * D;
    for (int i = thread(); i < place.heads * D; i += Threads)
    {
        int g = i / D, d = i % D;
        float m = Unseen, sum = 0, all = 0;
        UNROLL
        for (int w = 0; w < Attendants; w++) m = larger(m, s.maxima[w][g]);
        UNROLL
        for (int w = 0; w < Attendants; w++)
        {
            float shrink = exponential(s.maxima[w][g] - m);
            sum = multiply_add(((const float*)s.outputs[w][g])[d], shrink, sum);
            all = multiply_add(s.totals[w][g], shrink, all);
        }

        if (share.active == 1)
        {
            plan.attended[(place.first_head + g) * D + d] = sum / all;
            continue;
        }

        long long at = (long long)place.split * plan.heads + place.first_head + g;
        plan.parts[at * D + d] = sum;
        if (d == 0)
        {
            limits[2 * at] = m;
            limits[2 * at + 1] = all;
        }
    }
}

// The last block of a head puts all parts together.
template <int D> DEVICE void put_parts_together(const Plan& plan, const Place& place, const AttentionShare& share, AttentionScratch<D>& s)
{
    const float* limits = plan.parts + (long long)plan.splits * plan.heads * D;
    int warp = thread() / 32, lane = thread() & 31;
    sync();
    if (thread() == 0)
    {
        fence();
        s.is_last = atomic_add(plan.finished + place.head_block, 1) == (uint)share.active - 1;
        if (s.is_last) plan.finished[place.head_block] = 0;
    }

    sync();
    if (!s.is_last) return;
    // A warp a head: what each part counts.
    if (warp < place.heads)
    {
        float limit[MostSplits / 32], weight[MostSplits / 32], m = Unseen, all = 0;
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++)
        {
            int b = lane + 32 * i;
            long long at = (long long)smaller(b, share.active - 1) * plan.heads + place.first_head + warp;
            limit[i] = load_fresh(limits + 2 * at);
            weight[i] = load_fresh(limits + 2 * at + 1);
            limit[i] = b < share.active ? limit[i] : Unseen;
            m = larger(m, limit[i]);
        }

        m = warp_max(m);
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++)
        {
            limit[i] = lane + 32 * i < share.active ? exponential(limit[i] - m) : 0;
            all += weight[i] * limit[i];
        }

        all = warp_sum(all);
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++) s.factors[lane + 32 * i][warp] = limit[i] / all;
    }

    // Meanwhile the first sums are on their way. A thread has one element of up to 512.
    constexpr int AtATime = 16;
    int element = smaller(thread(), place.heads * D - 1), g = element / D;
    const float* from = plan.parts + place.first_head * D + element;
    float v[AtATime], sum = 0;
    for (int b = 0; b < share.active; b += AtATime)
    {
        UNROLL
        for (int j = 0; j < AtATime; j++) v[j] = load_fresh(from + (long long)smaller(b + j, share.active - 1) * plan.heads * D);
        if (b == 0) sync();
        UNROLL
        for (int j = 0; j < AtATime; j++) sum = multiply_add(b + j < share.active ? s.factors[b + j][g] : 0, v[j], sum);
    }

    if (thread() < place.heads * D) plan.attended[place.first_head * D + element] = sum;
}
