// All that a token reads of weights, keys and values, as one stream for each warp: a lane copies 16 bytes after 16 bytes to shared memory in the
// order in which the warp will use them, and is always a few steps ahead. What is read does not depend on what is computed, so the memory is busy
// also while blocks wait for each other and normalise.
#pragma once
#include "longrow.h"

constexpr int StepUnits = 4; // of a step. A unit is 16 bytes for each lane

// Steps that are on their way, by the shared memory that there is: waiting takes a number that stands in the program.
constexpr int FewSteps = 2, ManySteps = 6;

// Rows that a warp multiplies at a time: two rows of a step have two units each.
DEVICE int rows_together(int count) { return count <= 2 ? 2 : 4; }

// Which lane's place has a piece of 16 bytes of keys or values: turned about so that reading a column of positions meets all banks.
template <int D> DEVICE int turned(int position, int piece) { return D == 128 ? piece ^ (position / 4 % 4 * 2) : piece; }

template <int D> class Feed
{
    enum Part { QueryKeyValue, Positions, Output, GateUp, Down, Head, None };
    static constexpr int Lanes = D / 16;                            // that share a position
    static constexpr int KvUnits = Lanes < StepUnits ? Lanes : StepUnits;

public:
    static constexpr int KvSteps = Lanes / KvUnits;                 // of a stretch's keys, and of its values

private:
    Beginning& held;
    uint4* slots;       // [steps][StepUnits][lane]: this lane's
    int size;           // of the ring for each warp, in pieces
    int put, taken;     // where the next step goes, and where it is: pieces from slots

    int layer, part;
    const uint4* at;    // this lane's next piece
    int together;       // rows of a step
    // Either a matrix is asked for or positions are.
    union
    {
        int left;       // rows from here on
        int base;       // the stretch's first position
    };
    union
    {
        int pieces;     // of a row from `at` on
        int step;       // which of the stretch's comes next
    };
    union
    {
        int width;      // pieces from row to row
        int kv_stride;  // positions from stretch to stretch
    };

    DEVICE bool matrix(const uint4* weights, int product, int row_pieces)
    {
        Range own = held.place.own(product);
        left = own.count;
        together = rows_together(left);
        width = pieces = row_pieces;
        at = weights + (long long)own.first * width + (thread() & 31);
        return left > 0;
    }

    // Finds out where the part that begins lies; false when this warp has nothing of it.
    DEVICE bool begin()
    {
        const LayerPlan& own = held.layers()[layer];
        const Plan& plan = held.plan;
        if (part == Positions)
        {
            AttentionShare share(plan, held.place, own.window, held.call.position);
            base = share.begin;
            kv_stride = share.stride;
            step = 0;
            return share.takes_part && base < share.last;
        }

        if (part == None) return true;
        const uint4* weights = part == QueryKeyValue ? own.query_key_value : part == Output ? own.output : part == GateUp ? own.gate_up : part == Down ? own.down : plan.rows;
        int product = part == QueryKeyValue ? QueryKeyValueProduct : part - 1;
        return matrix(weights, product, MatrixForm(plan, product).pieces);
    }

    DEVICE void next_part()
    {
        do
        {
            if (part == Down)
            {
                layer++;
                part = QueryKeyValue;
            }
            else
            {
                part = part == Head ? None : part + 1;
            }

            if (part == QueryKeyValue && layer == held.call.to) part = held.call.head ? Head : None;
        }
        while (!begin());
    }

public:
    DEVICE Feed(Beginning& held)
        : held(held), slots(held.ring() + thread() / 32 * held.call.steps * StepUnits * 32 + (thread() & 31)), size(held.call.steps * StepUnits * 32), put(0), taken(0), layer(held.call.from), part(QueryKeyValue)
    {
        if (layer == held.call.to) part = held.call.head ? Head : None;
        if (!begin()) next_part();
        ROLLED
        for (int i = 0; i < held.call.steps; i++) ask();
    }

    // The next step's units, [StepUnits][32] from this lane's on, which others see after a warp_sync; valid until `ask` is called. Ahead: of how many steps
    // that were taken `ask` has not been called yet.
    template <int Ahead = 0> DEVICE const uint4* take()
    {
        if (size == ManySteps * StepUnits * 32) copies_wait<ManySteps - 1 - Ahead>();
        else copies_wait<FewSteps - 1 - Ahead>();
        const uint4* step = slots + taken;
        taken += StepUnits * 32;
        if (taken == size) taken = 0;
        return step;
    }

    // Has a step copied into the place of the first one taken.
    DEVICE void ask()
    {
        uint4* to = slots + put;
        put += StepUnits * 32;
        if (put == size) put = 0;
        if (part < None && part != Positions)
        {
            int lane = thread() & 31, wide = together == 4 ? 32 : 64;
            UNROLL
            for (int u = 0; u < StepUnits; u++)
            {
                int row = together == 4 ? u : u & 1, further = together == 4 ? 0 : u / 2 * 32;
                if (row < left && lane + further < pieces) copy_async(to + 32 * u, at + (long long)row * width + further);
            }

            at += wide;
            pieces -= wide;
            if (pieces <= 0)
            {
                at += together * width - ((width + wide - 1) & ~(wide - 1));
                pieces = width;
                left -= together;
                if (left <= 0) next_part();
            }
        }
        else if (part == Positions)
        {
            KvCache own = held.call.layer(layer);
            const int8* from = step < KvSteps ? own.keys : own.values;
            int position = held.call.position, lane = thread() & 31, first = step % KvSteps * KvUnits * 32;
            const uint4* p = (const uint4*)(from + own.place(held.place.kv_head, base) * D) + first + lane;
            int held = (position - base) * Lanes - first - lane;
            UNROLL
            for (int u = 0; u < KvUnits; u++)
            {
                // A position is Lanes pieces: this lane's is number lane % Lanes of it.
                int there = 32 * u + lane / Lanes * Lanes + turned<D>((32 * u + lane) / Lanes, lane % Lanes) - lane;
                if (32 * u < held) copy_async(to + there, p + 32 * u);
            }

            if (++step == 2 * KvSteps)
            {
                step = 0;
                base += kv_stride;
                if (base >= position) next_part();
            }
        }

        copies_commit();
    }
};

// Sixteen codes 0, 1, 2 of a word, bits 2 i of byte b being column 4 i + b: for each i a sum of its own, 4^i times as large, so that no code has
// to be shifted.
struct TernarySums
{
    int s[4];

    DEVICE void add(uint w, uint4 a)
    {
        s[0] = dp4a_su(a.x, w & 0x03030303u, s[0]);
        s[1] = dp4a_su(a.y, w & 0x0c0c0c0cu, s[1]);
        s[2] = dp4a_su(a.z, w & 0x30303030u, s[2]);
        s[3] = dp4a_su(a.w, w & 0xc0c0c0c0u, s[3]);
    }

    DEVICE int total() const { return s[0] + (s[1] >> 2) + (s[2] >> 4) + (s[3] >> 6); }
};

// Ternary weights times int8 activations as Share::round leaves them.
struct TernaryDot
{
    typedef TernarySums Sums;
    const uint4* acts;
    int stride;
    uint4 a[4];

    DEVICE void begin(int piece)
    {
        UNROLL
        for (int q = 0; q < 4; q++) a[q] = acts[q * stride + piece];
    }

    DEVICE void add(Sums& sums, uint4 w) const
    {
        sums.add(w.x, a[0]);
        sums.add(w.y, a[1]);
        sums.add(w.z, a[2]);
        sums.add(w.w, a[3]);
    }
};

struct WideSums
{
    int upper, lower;

    DEVICE int total() const { return upper * 256 + lower; }
};

// int8 weights times activations as Share::round_wide leaves them.
struct WideDot
{
    typedef WideSums Sums;
    const uint4* acts;
    int stride;
    uint4 h, l;

    DEVICE void begin(int piece)
    {
        h = acts[piece];
        l = acts[stride + piece];
    }

    DEVICE void add(Sums& sums, uint4 w) const
    {
        sums.upper = dp4a(w.w, h.w, dp4a(w.z, h.z, dp4a(w.y, h.y, dp4a(w.x, h.x, sums.upper))));
        sums.lower = dp4a_su(w.w, l.w, dp4a_su(w.z, l.z, dp4a_su(w.y, l.y, dp4a_su(w.x, l.x, sums.lower))));
    }
};

// Nothing that a finish would need beforehand.
struct Nothing
{
    DEVICE void operator()(int, bool) const {}
};

// The warp's rows of a product, some at a time: `finish` (row, whether it is one, sum) is called by all lanes, of which the first ones have a row each,
// and `before` (row, whether it is one) when the row begins, to load what finish will need.
template <int Together, int D, class Dot, class Before, class Finish> DEVICE void multiply_rows(Feed<D>& feed, Range own, int pieces, Dot dot, Before before, Finish finish)
{
    constexpr int Units = StepUnits / Together;
    int units = units_of(pieces), lane = thread() & 31;
    for (int done = 0; done < own.count; done += Together)
    {
        bool real = lane < smaller(Together, own.count - done);
        before(own.first + done + lane, real);
        typename Dot::Sums sums[Together] = {};
        ROLLED
        for (int j = 0; j < units; j += Units)
        {
            // Rows past the warp's last one hold whatever they do: nobody asks for their sums. Where a row has ended the activations are zero.
            const uint4* step = feed.take();
            uint4 w[StepUnits];
            UNROLL
            for (int u = 0; u < StepUnits; u++) w[u] = step[32 * u];
            UNROLL
            for (int u = 0; u < StepUnits; u++)
            {
                if (u % Together == 0) dot.begin(32 * (j + u / Together) + lane);
                dot.add(sums[u % Together], w[u]);
            }

            feed.ask();
        }

        int mine = 0;
        UNROLL
        for (int r = 0; r < Together; r++)
        {
            int total = warp_add(sums[r].total());
            mine = lane == r ? total : mine;
        }

        finish(own.first + done + lane, real, mine);
    }
}

template <int D, class Dot, class Before, class Finish> DEVICE void multiply(Feed<D>& feed, Range own, int pieces, Dot dot, Before before, Finish finish)
{
    if (rows_together(own.count) == 4) multiply_rows<4>(feed, own, pieces, dot, before, finish);
    else multiply_rows<2>(feed, own, pieces, dot, before, finish);
}
