// A head of a token before attention: QK-norm, rotation, rounding, and its place in the KV cache. One warp a head; lane l has elements l,
// l + 32, ... of it, of which the rotation pairs i and i + D / 2.
#pragma once
#include "norm.h"

// One layer's keys and values of a text: int8 and a scale for each head and position.
struct KvCache
{
    int8* keys;          // [kv heads][capacity][D]
    float* key_scales;   // [kv heads][capacity]
    int8* values;
    float* value_scales;
    int capacity;

    DEVICE long long place(int kv_head, int position) const { return (long long)kv_head * capacity + position; }
};

// How queries and keys are made.
struct HeadForm
{
    const float* query_norm;
    const float* key_norm;
    const float* inverse_frequencies; // [D / 2]; null without rotation
    float epsilon;
};

// Sine and cosine of an angle from 0 up, as Kernels/Rope.cs has them.
DEVICE void sine_cosine(float angle, float& sine, float& cosine)
{
    double x = angle;
    double turns = floor_of(x * 0.63661977236758134308 + 0.5);
    double r = x - turns * 1.5707963267341256 - turns * 6.077100506506192e-11;
    double r2 = r * r;
    float s = (float)(r + r * r2 * (-1.0 / 6 + r2 * (1.0 / 120 + r2 * (-1.0 / 5040 + r2 * (1.0 / 362880 + r2 * (-1.0 / 39916800))))));
    float c = (float)(1 + r2 * (-1.0 / 2 + r2 * (1.0 / 24 + r2 * (-1.0 / 720 + r2 * (1.0 / 40320 + r2 * (-1.0 / 3628800 + r2 * (1.0 / 479001600)))))));
    int quarter = (int)((long long)turns & 3);
    float a = quarter & 1 ? c : s, b = quarter & 1 ? s : c;
    sine = quarter & 2 ? -a : a;
    cosine = quarter == 1 || quarter == 2 ? -b : b;
}

// How far a lane's pairs of elements turn at a position.
template <int D> struct Turn
{
    static constexpr int Count = D < 64 ? 1 : D / 64;
    float sine[Count], cosine[Count];

    // From what was computed beforehand.
    DEVICE Turn(const float* sines, const float* cosines)
    {
        UNROLL
        for (int i = 0; i < Count; i++)
        {
            int pair = ((thread() & 31) + 32 * i) % (D / 2);
            sine[i] = sines[pair];
            cosine[i] = cosines[pair];
        }
    }

    DEVICE Turn(const float* inverse_frequencies, int position)
    {
        UNROLL
        for (int i = 0; i < Count; i++) sine_cosine(position * load_weights(inverse_frequencies + ((thread() & 31) + 32 * i) % (D / 2)), sine[i], cosine[i]);
    }
};

// Elements a lane holds.
template <int D> struct Head
{
    static constexpr int Count = D < 32 ? 1 : D / 32;
    float x[Count];

    DEVICE static bool has(int i) { return D >= 32 || (thread() & 31) < D; }
    DEVICE static int element(int i) { return (thread() & 31) + 32 * i; }

    DEVICE void load(const float* from)
    {
        UNROLL
        for (int i = 0; i < Count; i++) x[i] = has(i) ? load_fresh(from + element(i)) : 0;
    }

    // Of what no kernel writes.
    DEVICE void read(const float* from)
    {
        UNROLL
        for (int i = 0; i < Count; i++) x[i] = has(i) ? load_weights(from + element(i)) : 0;
    }

    DEVICE void normalize(const Head& weight, float epsilon)
    {
        // About one of the elements: no further from them than they are from each other.
        float pivot = shuffle(x[0], 0), sum = 0, squares = 0;
        UNROLL
        for (int i = 0; i < Count; i++)
        {
            float v = has(i) ? x[i] - pivot : 0;
            sum += v;
            squares += v * v;
        }

        sum = warp_sum(sum) / D;
        squares = warp_sum(squares) / D;
        float mean = pivot + sum, inverse = inverse_root(larger(squares - sum * sum, 0.0f) + epsilon);
        UNROLL
        for (int i = 0; i < Count; i++) x[i] = has(i) ? (x[i] - mean) * inverse * weight.x[i] : 0;
    }

    DEVICE void rotate(const Turn<D>& turn)
    {
        if constexpr (D >= 64)
        {
            UNROLL
            for (int i = 0; i < Count / 2; i++)
            {
                float first = x[i], second = x[i + Count / 2];
                x[i] = first * turn.cosine[i] - second * turn.sine[i];
                x[i + Count / 2] = second * turn.cosine[i] + first * turn.sine[i];
            }
        }
        else
        {
            // The other half is another lane's.
            int lane = thread() & 31;
            float other = shuffle_xor(x[0], D / 2);
            x[0] = lane < D / 2 ? x[0] * turn.cosine[0] - other * turn.sine[0] : lane < D ? x[0] * turn.cosine[0] + other * turn.sine[0] : 0;
        }
    }

    DEVICE float max() const
    {
        float m = 0;
        UNROLL
        for (int i = 0; i < Count; i++) m = max_magnitude(m, x[i]);
        return larger(warp_largest(m), Smallest);
    }
};

// Writes a head as int8 with its scale.
template <int D> DEVICE void write_head(const Head<D>& head, int8* to, float* scale)
{
    float max = head.max();
    float factor = 127.0f / max;
    UNROLL
    for (int i = 0; i < Head<D>::Count; i++)
    {
        if (Head<D>::has(i)) to[Head<D>::element(i)] = (int8)round_to_int(head.x[i] * factor);
    }

    if ((thread() & 31) == 0) *scale = max / 127.0f;
}

// A key (normalised and rotated here) and a value go to the cache. By one warp.
template <int D> DEVICE void write_key(const float* from, const HeadForm& form, const KvCache& kv, int kv_head, int position)
{
    Head<D> head;
    head.load(from);
    Head<D> norm;
    norm.read(form.key_norm);
    head.normalize(norm, form.epsilon);
    if (form.inverse_frequencies) head.rotate(Turn<D>(form.inverse_frequencies, position));
    long long at = kv.place(kv_head, position);
    write_head<D>(head, kv.keys + at * D, kv.key_scales + at);
}

template <int D> DEVICE void write_value(const float* from, const KvCache& kv, int kv_head, int position)
{
    Head<D> head;
    head.load(from);
    long long at = kv.place(kv_head, position);
    write_head<D>(head, kv.values + at * D, kv.value_scales + at);
}

template <int D> DEVICE void make_query(Head<D>& head, const float* from, const HeadForm& form, int position)
{
    head.load(from);
    Head<D> norm;
    norm.read(form.query_norm);
    head.normalize(norm, form.epsilon);
    if (form.inverse_frequencies) head.rotate(Turn<D>(form.inverse_frequencies, position));
}
