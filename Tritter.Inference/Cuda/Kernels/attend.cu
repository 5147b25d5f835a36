// Attention of one token: softmax(q K scale) V over int8 keys and values. The positions are split among blocks; the last one to finish puts
// the parts together. A lane copies to shared memory what it alone reads, a stretch of positions ahead. Queries are rounded to 16 bits as in Kernels/Int8Attention.cs, so scores come from the same whole numbers.
#include "heads.h"
#include "rows.h"

constexpr int MostWarps = 8;
constexpr int Queries = 4;   // of one key head, in a block: a warp each makes them, and where there are more warps those make key and value meanwhile
constexpr int Stretch = 32;  // positions that a warp scores at a time
constexpr int MostSplits = 64; // blocks_y() at most
constexpr float Log2E = 1.44269504f;

DEVICE float exponential(float x) { return power_of_two(x * Log2E); }

// Bytes 0..3 of a word as floats: 0x4B000000 + u is the float 2^23 + u.
DEVICE void to_floats(uint word, float* f)
{
    word ^= 0x80808080u;
    f[0] = from_bits(permute(word, 0x4B000000u, 0x7650)) - 8388736.0f;
    f[1] = from_bits(permute(word, 0x4B000000u, 0x7651)) - 8388736.0f;
    f[2] = from_bits(permute(word, 0x4B000000u, 0x7652)) - 8388736.0f;
    f[3] = from_bits(permute(word, 0x4B000000u, 0x7653)) - 8388736.0f;
}

template <int D> DEVICE void attend_token(
    const float* qkv, int heads, int kv_heads, HeadForm form, KvCache kv, float scale, int window, const State* state, float* parts, uint* finished, float* result)
{
    constexpr int Lanes = D / 16;          // lanes that share a position, 16 elements each
    constexpr int Positions = 32 / Lanes;  // positions that a warp reads at a time
    static SHARED uint4 query_high[Queries][D / 16];
    static SHARED uint4 query_low[Queries][D / 16];
    static SHARED float query_steps[Queries];
    static SHARED int sums[MostWarps][Queries][Stretch];
    static SHARED float weights[MostWarps][Queries][Stretch];
    static SHARED float maxima[MostWarps][Queries];
    static SHARED float totals[MostWarps][Queries];
    static SHARED float outputs[MostWarps][Queries][D];
    static SHARED float factors[MostSplits][Queries];
    static SHARED uint is_last;

    DYNAMIC_SHARED(ring); // [warp][stage][keys, values][Lanes][lane]
    int group = heads / kv_heads, tiles = (group + Queries - 1) / Queries;
    int kv_head = block() / tiles, first_head = kv_head * group + block() % tiles * Queries;
    int count = smaller(Queries, group - block() % tiles * Queries);
    int position = load_fresh(&state->position);
    int first = window > position ? 0 : position - window + 1;
    int seen = position + 1 - first;
    int warps = threads() / 32, whole = warps * Stretch;
    int each = (seen + blocks_y() - 1) / blocks_y();
    each = (each + whole - 1) / whole * whole;
    int active = (seen + each - 1) / each;
    if (block_y() >= active)
    {
        wait_for_previous();
        next_may_begin();
            return;
    }

    int begin = first + block_y() * each, end = smaller(begin + each, position + 1);
    int warp = thread() / 32, lane = thread() & 31;
    int query_size = heads * D;
    int part = lane % Lanes, sub = lane / Lanes;
    uint4* own_ring = ring + warp * 4 * Lanes * 32 + lane;
    auto fetch = [&](int base, int stage)
    {
        if (base < end)
        {
            UNROLL
            for (int j = 0; j < Lanes; j++)
            {
                int p = base + j * Positions + sub;
                long long at = kv.place(kv_head, p < end ? p : end - 1) * D + 16 * part;
                copy_async(own_ring + (2 * stage * Lanes + j) * 32, kv.keys + at, true);
                copy_async(own_ring + ((2 * stage + 1) * Lanes + j) * 32, kv.values + at, true);
            }
        }

        copies_commit();
    };

    // What earlier tokens left does not have to wait for this one's key and value.
    bool last = end == position + 1;
    if (!last) fetch(begin + warp * Stretch, 0);
    wait_for_previous();
    next_may_begin();
    if (warp < count)
    {
        Head<D> head;
        make_query<D>(head, qkv + (first_head + warp) * D, form, position);
        float max = head.max();
        float factor = 32767.0f / max;
        UNROLL
        for (int i = 0; i < Head<D>::Count; i++)
        {
            if (!Head<D>::has(i)) continue;
            int q = smaller(round_to_int(head.x[i] * factor), 32767);
            ((int8*)query_high[warp])[Head<D>::element(i)] = (int8)(q >> 8);
            ((int8*)query_low[warp])[Head<D>::element(i)] = (int8)(q & 255);
        }

        if (lane == 0) query_steps[warp] = max / 32767.0f * scale;
    }

    if (last)
    {
        // The token's own key and value. Blocks of other queries of the same head write the same.
        int key_warp = warps > Queries ? Queries : 0;
        if (warp == key_warp) write_key<D>(qkv + query_size + kv_head * D, form, kv, kv_head, position);
        if (warp == key_warp + 1) write_value<D>(qkv + query_size + (kv_heads + kv_head) * D, kv, kv_head, position);
    }

    fence();
    sync();
    if (last) fetch(begin + warp * Stretch, 0);
    uint4 high[Queries], low[Queries];
    float accumulated[Queries][16], max[Queries], total[Queries];
    UNROLL
    for (int g = 0; g < Queries; g++)
    {
        if (g < count)
        {
            high[g] = query_high[g][part];
            low[g] = query_low[g][part];
        }

        max[g] = -3e38f;
        total[g] = 0;
        UNROLL
        for (int i = 0; i < 16; i++) accumulated[g][i] = 0;
    }

    // A lane's own position of a stretch, for its scales.
    auto own_place = [&](int base) { return kv.place(kv_head, base + lane < end ? base + lane : end - 1); };
    long long own = own_place(begin + warp * Stretch);
    float next_key_scale = load_fresh(kv.key_scales + own), next_value_scale = load_fresh(kv.value_scales + own);
    int stage = 0;
    for (int base = begin + warp * Stretch; base < end; base += whole, stage ^= 1)
    {
        fetch(base + whole, stage ^ 1);
        const uint4* keys = own_ring + 2 * stage * Lanes * 32;
        const uint4* values = keys + Lanes * 32;
        float key_scale = next_key_scale, value_scale = next_value_scale;
        own = own_place(base + whole);
        next_key_scale = load_fresh(kv.key_scales + own);
        next_value_scale = load_fresh(kv.value_scales + own);
        copies_wait<1>();
        UNROLL
        for (int j = 0; j < Lanes; j++)
        {
            uint4 k = keys[32 * j];
            UNROLL
            for (int g = 0; g < Queries; g++)
            {
                if (g >= count) continue;
                int h = dp4a(k.w, high[g].w, dp4a(k.z, high[g].z, dp4a(k.y, high[g].y, dp4a(k.x, high[g].x, 0))));
                int s = dp4a_su(k.w, low[g].w, dp4a_su(k.z, low[g].z, dp4a_su(k.y, low[g].y, dp4a_su(k.x, low[g].x, h * 256))));
                UNROLL
                for (int o = Lanes / 2; o > 0; o /= 2) s += shuffle_xor(s, o);
                if (part == 0) sums[warp][g][j * Positions + sub] = s;
            }
        }

        warp_sync();
        UNROLL
        for (int g = 0; g < Queries; g++)
        {
            if (g >= count) continue;
            float score = base + lane < end ? sums[warp][g][lane] * key_scale * query_steps[g] : -3e38f;
            float now = larger(max[g], warp_max(score));
            float weight = base + lane < end ? exponential(score - now) : 0;
            float shrink = exponential(max[g] - now);
            total[g] = total[g] * shrink + weight;
            weights[warp][g][lane] = weight * value_scale;
            if (now != max[g])
            {
                UNROLL
                for (int i = 0; i < 16; i++) accumulated[g][i] *= shrink;
            }

            max[g] = now;
        }

        warp_sync();
        UNROLL
        for (int j = 0; j < Lanes; j++)
        {
            uint4 packed = values[32 * j];
            float v[16];
            to_floats(packed.x, v);
            to_floats(packed.y, v + 4);
            to_floats(packed.z, v + 8);
            to_floats(packed.w, v + 12);
            UNROLL
            for (int g = 0; g < Queries; g++)
            {
                if (g >= count) continue;
                float w = weights[warp][g][j * Positions + sub];
                UNROLL
                for (int i = 0; i < 16; i++) accumulated[g][i] = multiply_add(w, v[i], accumulated[g][i]);
            }
        }

        warp_sync();
    }

    UNROLL
    for (int g = 0; g < Queries; g++)
    {
        if (g >= count) continue;
        total[g] = warp_sum(total[g]);
        UNROLL
        for (int i = 0; i < 16; i++)
        {
            UNROLL
            for (int o = Lanes; o < 32; o *= 2) accumulated[g][i] += shuffle_xor(accumulated[g][i], o);
        }

        if (sub == 0)
        {
            UNROLL
            for (int i = 0; i < 16; i++) outputs[warp][g][part * 16 + i] = accumulated[g][i];
        }

        if (lane == 0)
        {
            maxima[warp][g] = max[g];
            totals[warp][g] = total[g];
        }
    }

    sync();
    // [part of the positions][head][D] sums; behind all of them [part][head] the maximum that they are relative to and their total weight.
    float* limits = parts + (long long)blocks_y() * heads * D;
    for (int i = thread(); i < count * D; i += threads())
    {
        int g = i / D, d = i % D;
        float m = -3e38f, sum = 0, all = 0;
        UNROLL
        for (int w = 0; w < MostWarps; w++) m = w < warps ? larger(m, maxima[w][g]) : m;
        UNROLL
        for (int w = 0; w < MostWarps; w++)
        {
            if (w >= warps) continue;
            float shrink = exponential(maxima[w][g] - m);
            sum += outputs[w][g][d] * shrink;
            all += totals[w][g] * shrink;
        }

        if (active == 1)
        {
            result[(first_head + g) * D + d] = sum / all;
            continue;
        }

        long long at = (long long)block_y() * heads + first_head + g;
        parts[at * D + d] = sum;
        if (d == 0)
        {
            limits[2 * at] = m;
            limits[2 * at + 1] = all;
        }
    }

    if (active == 1) return;
    fence();
    sync();
    if (thread() == 0) is_last = atomic_add(finished + block(), 1) == (uint)active - 1;
    sync();
    if (!is_last) return;
    fence();
    if (thread() == 0) finished[block()] = 0;
    // A warp a head: what each part counts.
    if (warp < count)
    {
        float limit[MostSplits / 32], weight[MostSplits / 32], m = -3e38f, all = 0;
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++)
        {
            int b = lane + 32 * i;
            long long at = (long long)smaller(b, active - 1) * heads + first_head + warp;
            limit[i] = b < active ? load_fresh(limits + 2 * at) : -3e38f;
            weight[i] = b < active ? load_fresh(limits + 2 * at + 1) : 0;
            m = larger(m, limit[i]);
        }

        m = warp_max(m);
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++)
        {
            limit[i] = exponential(limit[i] - m);
            all += weight[i] * limit[i];
        }

        all = warp_sum(all);
        UNROLL
        for (int i = 0; i < MostSplits / 32; i++) factors[lane + 32 * i][warp] = limit[i] / all;
    }

    sync();
    constexpr int AtATime = 16;
    for (int i = thread(); i < count * D / 4; i += threads())
    {
        int g = i / (D / 4);
        const float4* from = (const float4*)parts + ((long long)first_head * D / 4 + i);
        float4 sum = { 0, 0, 0, 0 };
        for (int b = 0; b < active; b += AtATime)
        {
            float4 v[AtATime];
            UNROLL
            for (int j = 0; j < AtATime; j++) v[j] = load_fresh(from + (long long)smaller(b + j, active - 1) * heads * (D / 4));
            UNROLL
            for (int j = 0; j < AtATime; j++)
            {
                float f = b + j < active ? factors[b + j][g] : 0;
                sum = float4{ multiply_add(f, v[j].x, sum.x), multiply_add(f, v[j].y, sum.y), multiply_add(f, v[j].z, sum.z), multiply_add(f, v[j].w, sum.w) };
            }
        }

        *((float4*)result + ((long long)first_head * D / 4 + i)) = sum;
    }
}

#define ATTEND(D) \
    KERNEL(256, 1) attend_##D( \
        const float* qkv, int heads, int kv_heads, const float* query_norm, const float* key_norm, const float* inverse_frequencies, float epsilon, \
        int8* keys, float* key_scales, int8* values, float* value_scales, int capacity, float scale, int window, const State* state, float* parts, uint* finished, float* result) \
    { \
        attend_token<D>(qkv, heads, kv_heads, HeadForm{ query_norm, key_norm, inverse_frequencies, epsilon }, \
            KvCache{ keys, key_scales, values, value_scales, capacity }, scale, window, state, parts, finished, result); \
    }

ATTEND(64)
ATTEND(128)

#ifdef TRITTER_EMULATION
// The width of the tests' tiny model.
ATTEND(16)
#endif
