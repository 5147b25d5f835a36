// How a block takes its part of a text of which full-attention layers hold the newest positions as int8 and all full pages as int4: whole pages, each
// warp one at a time, and one block of a head what is near besides.
#pragma once
#include "packed.h"
#include "slots.h"

// Which of a layer's pages a block attends to, and which positions after them.
struct PagedShare : AttentionShare
{
    int pages;                   // that the token sees as int4
    int first_page, page_stride; // the block's first one, of which each warp has one, and what lies between its first ones

    DEVICE PagedShare(const Plan& plan, const Place& place, int window, int position) : AttentionShare(plan, place, window, position), pages(0), first_page(0), page_stride(1)
    {
        // Layers whose windows slide have none.
        if (window != 0x7fffffff) return;
        pages = larger(0, position / Page - 1);
        int groups = (pages + Warps - 1) / Warps;
        active = smaller(plan.splits, groups + 1);
        takes_part = place.split < active;
        // The block with the fewest others.
        has_own = groups % active == place.split;
        begin = has_own ? pages * Page : position + 1;
        stride = Warps * Stretch;
        first_page = place.split * Warps;
        page_stride = active * Warps;
    }
};
static_assert(Warps * Stretch >= 2 * Page, "What is near is attended to at once.");

// Pages in a slot.
template <int D> struct PageSlots
{
    static constexpr int Pieces = sizeof(PackedPage<D>) / 16;
    static constexpr int Count = SlotPieces / Pieces < 2 ? 1 : 2;
    static constexpr int Slots = Warps / Count; // that hold one for each warp

    // Slots that a block's pages take.
    DEVICE static int slots(const PagedShare& share)
    {
        int held = share.takes_part ? larger(0, share.pages - share.first_page) : 0, whole = held / share.page_stride;
        return whole * Slots + smaller(Slots, (held - whole * share.page_stride + Count - 1) / Count);
    }
};

// The first page of a layer's head that the block attends with.
template <int D> DEVICE const PackedPage<D>* pages_of(Beginning& held, int l)
{
    const Call& call = held.call;
    return (const PackedPage<D>*)call.pages + ((long long)held.layers()[l].number * held.plan.kv_heads + held.place.kv_head) * call.page_capacity;
}

template <bool Packs> struct ShareFor { typedef AttentionShare Type; };
template <> struct ShareFor<true> { typedef PagedShare Type; };
template <bool Packs> using ShareOf = typename ShareFor<Packs>::Type;
