// All that a token reads of weights, keys and values, brought to shared memory by warps that do nothing else, in the order in which the others use it.
// What is read does not depend on what is computed, so the memory is busy also while blocks wait for each other and normalise. One warp cannot ask fast
// enough: an H200 reads 16 KB a multiprocessor in half a microsecond.
#pragma once
#include "pages.h"

// Slots on their way at a time: enough that the memory is never without requests, and no more, since what blocks tell each other waits behind them.
constexpr int OnTheirWay = 3, PagesOnTheirWay = 5; // of pages more, which are smaller
static_assert(OnTheirWay <= FewestSlots, "a phase of a barrier that is looked at may be followed by one that is not over, but not by more");

// Packs: whether full-attention layers have int4 pages.
template <int D, bool Packs = false> class Feed
{
    Beginning& held;
    SlotTurn to, coming; // the slot that is filled next, and the first one of which the copies are not known to be done
    int asked;           // slots from `coming` to `to`
    bool again;          // whether `to` has been filled before

    // Waits until the first slot on its way has come.
    DEVICE void pass()
    {
        while (!barrier_passed(held.full + coming.slot, coming.parity)) pause();
        coming.advance(held.call.slots);
        asked--;
    }

    // Waits until the next slot may be filled, with so many others on their way.
    DEVICE uint4* next(int most = OnTheirWay)
    {
        if (asked == most) pass();
        if (again)
        {
            while (!barrier_passed(held.empty + to.slot, to.parity ^ 1)) pause();
        }

        return held.slots() + to.slot * SlotPieces;
    }

    DEVICE void asked_for()
    {
        barrier_arrive_copied(held.full + to.slot);
        to.advance(held.call.slots);
        again = again || to.slot == 0;
        asked++;
    }

    // Some rows' pieces, as many of them as there are across.
    DEVICE static void bring_rows(uint4* slot, const uint4* from, const Rows& own, int rows, int across)
    {
        int place = thread() - Threads, first = place >> own.log, piece = place & ((1 << own.log) - 1), step = Feeders >> own.log;
        if (piece >= across) return;
        uint4* to = slot + first * own.stride + piece;
        const uint4* at = from + (first * own.pieces + piece);
        ROLLED
        for (int row = first; row < rows; row += step)
        {
            copy_async(to, at);
            to += step * own.stride;
            at += step * own.pieces;
        }
    }

    // Keys or values of neighbouring positions, a place in the slot for each stretch.
    DEVICE static void bring_stretches(uint4* slot, const uint4* from, int positions)
    {
        constexpr int Part = Stretches<D>::Both / 2;
        int end = positions * Stretches<D>::Pieces, place = thread() - Threads;
        ROLLED
        for (int s = 0; s < Stretches<D>::Count; s++)
        {
            UNROLL
            for (int i = 0; i < Part; i += Feeders)
            {
                if (i + place < end && i + place < Part) copy_async(slot + i + place, from + i + place);
            }

            slot += Stretches<D>::Both;
            from += Part;
            end -= Part;
        }
    }

    DEVICE void bring_pages(const PagedShare& share, const PackedPage<D>* pages)
    {
        typedef PageSlots<D> S;
        int most = smaller(PagesOnTheirWay, held.call.slots), place = thread() - Threads;
        ROLLED
        for (int base = share.first_page; base < share.pages; base += share.page_stride)
        {
            ROLLED
            for (int p = base; p < smaller(base + Warps, share.pages); p += S::Count)
            {
                uint4* slot = next(most) + place;
                const uint4* from = (const uint4*)(pages + p) + place;
                int end = smaller(S::Count, share.pages - p) * S::Pieces - place;
                UNROLL
                for (int i = 0; i < S::Count * S::Pieces; i += Feeders)
                {
                    if (i < end) copy_async(slot + i, from + i);
                }

                asked_for();
            }
        }

        while (asked > OnTheirWay) pass();
    }

    DEVICE void bring_positions(int l)
    {
        ShareOf<Packs> share(held.plan, held.place, held.layers()[l].window, held.call.position);
        if (!share.takes_part) return;
        if constexpr (Packs) bring_pages(share, pages_of<D>(held, l));
        KvCache kv = held.call.layer(l);
        constexpr int Both = Stretches<D>::Both;
        ROLLED
        for (int base = share.begin; base <= share.last; base += share.stride)
        {
            ROLLED
            for (int s = 0; s < Stretches<D>::Slots; s++)
            {
                int first = base + s * Stretches<D>::Count * Stretch;
                if (first > share.last) break;
                uint4* slot = next();
                int there = smaller(Stretches<D>::Count * Stretch, share.last - first);
                long long place = kv.place(held.place.kv_head, first) * D;
                bring_stretches(slot, (const uint4*)(kv.keys + place), there);
                bring_stretches(slot + Both / 2, (const uint4*)(kv.values + place), there);
                asked_for();
            }
        }
    }

public:
    DEVICE Feed(Beginning& held) : held(held), to{ 0, 0 }, coming{ 0, 0 }, asked(0), again(false) {}

    // The block's rows of a matrix.
    DEVICE void bring(const uint4* weights, Product product)
    {
        Rows own = held.place.rows[product];
        const uint4* from = weights + (long long)own.first * own.pieces;
        ROLLED
        for (int done = 0; done < own.count; done += own.of_slot)
        {
            ROLLED
            for (int part = 0; part < own.parts; part++)
            {
                uint4* slot = next();
                bring_rows(slot, from + (long long)done * own.pieces + 64 * part, own, smaller(own.of_slot, own.count - done), own.pieces - 64 * part);
                asked_for();
            }
        }
    }

    DEVICE void run()
    {
        ROLLED
        for (int l = held.call.from; l < held.call.to; l++)
        {
            const LayerPlan& own = held.layers()[l];
            ROLLED
            for (int p = 0; p < HeadProduct; p++)
            {
                bring(p == QueryKeyValueProduct ? own.query_key_value : p == OutputProduct ? own.output : p == GateUpProduct ? own.gate_up : own.down, (Product)p);
                if (p == QueryKeyValueProduct) bring_positions(l);
            }
        }

        if (held.call.head) bring(held.plan.rows, HeadProduct);
    }
};
