// Attention of one token: softmax(q K scale) V over int8 keys and values, on the tensor cores in whole numbers. The positions are split among
// blocks; the last one of a head to finish puts the parts together. Queries are rounded to 16 bits as in Kernels/Int8Attention.cs, so scores come
// from the same whole numbers.
#pragma once
#include "feed.h"

constexpr int MostSplits = 64;
constexpr float Log2E = 1.44269504f;
constexpr float Unseen = -3e38f; // a score that counts nothing

DEVICE float exponential(float x) { return power_of_two(x * Log2E); }

constexpr int Attendants = AttentionWarps + 1; // the last one has the token itself

template <int D> struct AttentionScratch
{
    // The token's key and value: read as the first position of a stretch, of which the others, whatever lies behind, count nothing.
    uint4 own_key[D / 16], own_value[D / 16];
    float4 outputs[Attendants][Queries][D / 4];
    uint4 query_high[Queries][D / 16];
    uint4 query_low[Queries][D / 16];
    float own_key_scale, own_value_scale;
    float query_steps[Queries];
    uint weights[Attendants][2 * Queries][Stretch / 4]; // int8: of each query first what counts 128, then what counts 1
    float maxima[Attendants][Queries];
    float totals[Attendants][Queries];
    float factors[MostSplits][Queries];
    uint is_last;
};

// A warp's sums over the positions it has seen. As the tensor cores have it, a lane has scores of the queries 2 (lane % 4) and the next, modulo 4, at
// the positions lane / 4 and every eighth from there on, and results of query lane % 4, elements lane / 4 * D / 8 and on.
template <int D> struct Attended
{
    static constexpr int Pieces = D / 16;                  // of a head
    static constexpr int Sets = Pieces < 4 ? 1 : Pieces / 4;
    static constexpr int Own = D / 8;                      // elements of a lane
    static constexpr int Words = Own < 4 ? 1 : Own / 4;
    static constexpr int Weights = 16383;                  // of the largest weight of a stretch: 128 * 127 + 127

    float steps[2], max[2], total[2], accumulated[Own];

    DEVICE Attended(const AttentionScratch<D>& s)
    {
        int lane = thread() & 31;
        UNROLL
        for (int j = 0; j < 2; j++)
        {
            steps[j] = s.query_steps[(2 * lane + j) % 4];
            max[j] = Unseen;
            total[j] = 0;
        }

        UNROLL
        for (int e = 0; e < Own; e++) accumulated[e] = 0;
    }

    // Scores of 16 positions, [position][Pieces]: this lane's two queries at lane / 4, and at 8 behind it.
    DEVICE static void score(const AttentionScratch<D>& s, const uint4* keys, int* scores)
    {
        int lane = thread() & 31, sub = lane / 4;
        int upper[4] = {}, lower[4] = {};
        UNROLL
        for (int t = 0; t < Sets; t++)
        {
            int piece = 4 * t + lane % 4;
            uint4 a = { 0, 0, 0, 0 }, b = { 0, 0, 0, 0 }, high = { 0, 0, 0, 0 }, low = { 0, 0, 0, 0 };
            if (piece < Pieces)
            {
                high = s.query_high[sub % 4][piece];
                low = s.query_low[sub % 4][piece];
                a = keys[sub * Pieces + turned<D>(sub, piece)];
                b = keys[(sub + 8) * Pieces + turned<D>(sub + 8, piece)];
            }

            multiply_tile(upper, a.x, b.x, a.y, b.y, high.x, high.y);
            multiply_tile(upper, a.z, b.z, a.w, b.w, high.z, high.w);
            multiply_tile_su(lower, a.x, b.x, a.y, b.y, low.x, low.y);
            multiply_tile_su(lower, a.z, b.z, a.w, b.w, low.z, low.w);
        }

        UNROLL
        for (int i = 0; i < 4; i++) scores[i] = upper[i] * 256 + lower[i];
    }

    // Over the lanes that have the same queries.
    DEVICE static float max_of(float v)
    {
        UNROLL
        for (int o = 4; o < 32; o *= 2) v = larger(v, shuffle_xor(v, o));
        return v;
    }

    // Takes up the scores [2][4] of a stretch: weights as whole numbers go to `to`; `shrink` is what earlier results count from now on, `step` what 1
    // stands for, of query lane % 4. Lane l has the scales of position l; `held` positions are real.
    DEVICE void weigh(const int (*scores)[4], float key_scale, float value_scale, int held, uint (*to)[Stretch / 4], float& shrink, float& step)
    {
        int lane = thread() & 31, sub = lane / 4;
        float shrinks[2], units[2], key_scales[4], value_scales[4];
        UNROLL
        for (int i = 0; i < 4; i++)
        {
            key_scales[i] = shuffle(key_scale, sub + 8 * i);
            value_scales[i] = shuffle(value_scale, sub + 8 * i);
        }

        UNROLL
        for (int j = 0; j < 2; j++)
        {
            float s[4], now = max[j], top = 0;
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                s[i] = sub + 8 * i < held ? scores[i / 2][i % 2 * 2 + j] * key_scales[i] * steps[j] : Unseen;
                now = larger(now, s[i]);
            }

            now = max_of(now);
            shrinks[j] = exponential(max[j] - now);
            max[j] = now;
            total[j] *= shrinks[j];
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                float weight = sub + 8 * i < held ? exponential(s[i] - now) : 0;
                total[j] += weight;
                s[i] = weight * value_scales[i];
                top = larger(top, s[i]);
            }

            top = max_of(top);
            float factor = top > 0 ? Weights / top : 0;
            units[j] = top / Weights;
            int8* high = (int8*)to[2 * ((2 * lane + j) % 4)];
            int8* low = high + Stretch;
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                uint q = bits(s[i] * factor + Rounding);
                if (lane % 4 < 2)
                {
                    high[sub + 8 * i] = (int8)(q >> 7 & 127);
                    low[sub + 8 * i] = (int8)(q & 127);
                }
            }
        }

        // Query lane % 4 is the lane's in the middle of these four that has it among its two.
        int from = (lane & ~3) | (lane % 4 / 2);
        float first = shuffle(shrinks[0], from), second = shuffle(shrinks[1], from);
        shrink = lane % 2 ? second : first;
        first = shuffle(units[0], from), second = shuffle(units[1], from);
        step = lane % 2 ? second : first;
    }

    // Adds weights times values: 16 positions [position][D] at each of two places.
    DEVICE void add(const uint4* const* values, const uint (*weights)[Stretch / 4], float shrink, float step)
    {
        int lane = thread() & 31, sub = lane / 4, quarter = lane % 4;
        uint b0 = weights[sub][quarter], b1 = weights[sub][4 + quarter];
        // Some words at a time, for lack of registers.
        constexpr int AtATime = Words < 2 ? 1 : 2;
        UNROLL
        for (int first = 0; first < Words; first += AtATime)
        {
            uint w[2][4][AtATime];
            UNROLL
            for (int half = 0; half < 2; half++)
            {
                UNROLL
                for (int i = 0; i < 4; i++)
                {
                    int position = 4 * quarter + i;
                    const uint4* row = values[half] + position * Pieces;
                    if constexpr (D == 16)
                    {
                        w[half][i][0] = ((const unsigned short*)row)[sub];
                    }
                    else
                    {
                        uint2 two = ((const uint2*)(row + turned<D>(position, D == 128 ? sub : sub / 2)))[D == 128 ? first / 2 : sub % 2];
                        w[half][i][0] = two.x, w[half][i][AtATime - 1] = two.y;
                    }
                }
            }

            UNROLL
            for (int k = 0; k < AtATime; k++)
            {
                // Four elements of four positions, transposed, twice.
                uint a[2][4];
                UNROLL
                for (int half = 0; half < 2; half++)
                {
                    uint low01 = permute(w[half][0][k], w[half][1][k], 0x5140), low23 = permute(w[half][2][k], w[half][3][k], 0x5140);
                    uint high01 = permute(w[half][0][k], w[half][1][k], 0x7362), high23 = permute(w[half][2][k], w[half][3][k], 0x7362);
                    a[half][0] = permute(low01, low23, 0x5410);
                    a[half][1] = permute(low01, low23, 0x7632);
                    a[half][2] = permute(high01, high23, 0x5410);
                    a[half][3] = permute(high01, high23, 0x7632);
                }

                int element = 4 * (first + k);
                UNROLL
                for (int e = 0; e < 4 && e < Own; e += 2)
                {
                    int c[4] = {};
                    multiply_tile(c, a[0][e], a[0][e + 1], a[1][e], a[1][e + 1], b0, b1);
                    accumulated[element + e] = multiply_add(accumulated[element + e], shrink, (c[0] * 128 + c[1]) * step);
                    accumulated[element + e + 1] = multiply_add(accumulated[element + e + 1], shrink, (c[2] * 128 + c[3]) * step);
                }
            }
        }
    }
};

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
