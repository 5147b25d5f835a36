// Attention of one token over int4 pages; what is near as int8 comes after them (attend.h).
#pragma once
#include "attend.h"
#include "attended4.h"

template <int D> struct PagedScratch : AttentionScratch<D>
{
    float4 queries[Queries][D / 4]; // before they are rounded

    // A warp's, until it leaves its results in the same place.
    DEVICE uint* page_weights(int warp) { return (uint*)this->outputs[warp]; }
};
static_assert(sizeof(float4) * Queries * 64 / 4 >= sizeof(uint) * AttendedPages<64>::WeightWords, "A warp's outputs hold its weights.");

template <int D, bool Packs> struct ScratchFor { typedef AttentionScratch<D> Type; };
template <int D> struct ScratchFor<D, true> { typedef PagedScratch<D> Type; };
template <int D, bool Packs> using ScratchOf = typename ScratchFor<D, Packs>::Type;

template <int D> DEVICE void keep_query(PagedScratch<D>& s, int query, int element, float x) { ((float*)s.queries[query])[element] = x; }

// The warp's pages, from slot `at` on.
template <int D> DEVICE void attend_pages(Beginning& all, SlotTurn at, const PagedShare& share, PagedScratch<D>& s, Attended<D>& own)
{
    typedef PageSlots<D> S;
    int warp = thread() / 32;
    AttendedPages<D> seen;
    SlotWalk<S> walk(all, at, share);
    ROLLED
    for (int p = share.first_page + warp; p < share.pages; p += share.page_stride)
    {
        const PackedPage<D>* pages = (const PackedPage<D>*)walk.at.wait(all);
        seen.add(pages[warp % S::Count], s.queries[0], all.plan.attention_scale, s.page_weights(warp), own.accumulated);
        walk.release(all, smaller(S::Count, share.pages - p + warp % S::Count));
    }

    walk.end(all);
    seen.hand_over(own);
}
