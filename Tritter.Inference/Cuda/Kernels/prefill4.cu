// Many tokens of a prompt at once over a full-attention layer's keys and values with int4: full pages as codes (packed.h), the newest positions as int8.
#include "packed.h"
#include "chunk.h"

// A page's head in shared memory: its codes, and scales and zeros as the products take them.
template <int D> struct PackedTile
{
    PackedPage<D> pages[2];                      // in turn: one is on its way while the other is attended to
    uint2 key_scales[D / 4], key_zeros[D / 4];   // float16; scales of channels whose codes are the high four bits are a sixteenth
    float value_scales[D], value_zeros[D];

    // Codes are multiplied where they are, as float16 too small to be normal ones: 1 is 2^-24 there.
    static constexpr float CodeUnit = 5.9604644775390625e-8f, PerCode = 16777216.0f;

    // Begins to copy a page: keys in the order of their positions, and pieces of values turned about so that reading a column of channels meets all banks.
    DEVICE void fetch(int turn, const PackedPage<D>& page)
    {
        constexpr int Half = sizeof(PackedHalf<D>) / 16, Codes = 2 * D, Row = D / 32;
        for (int i = thread(); i < 2 * Half; i += threads())
        {
            int row = i / Row, to = i < Codes ? (row / 8 + row % 8 * 8) * Row + i % Row : i < Half || i >= Half + Codes ? i : Half + turned_piece(i - Half);
            copy_async((uint4*)(pages + turn) + to, (const uint4*)&page + i);
        }
    }

    DEVICE static int turned_piece(int piece) { return piece ^ (piece / 32 % 2 * 4); }

    // Scales and zeros of a page that has come.
    DEVICE void prepare(int turn)
    {
        const PackedPage<D>& page = pages[turn];
        for (int i = thread(); i < D / 4; i += threads())
        {
            uint2 scales = ((const uint2*)page.keys.scales)[i], zeros = ((const uint2*)page.keys.zeros)[i];
            float unit = i / 4 % 2 ? 0.0625f : 1.0f;
            key_scales[i] = uint2{ halves_of(scales.x, unit), halves_of(scales.y, unit) };
            key_zeros[i] = uint2{ halves_of(zeros.x, 1), halves_of(zeros.y, 1) };
        }

        for (int i = thread(); i < D; i += threads())
        {
            value_scales[i] = from_upper_half(page.values.scales[i]) * PerCode;
            value_zeros[i] = from_upper_half(page.values.zeros[i]);
        }
    }

    DEVICE static uint halves_of(uint two, float unit) { return halves(from_bits(two << 16) * unit, from_bits(two & 0xffff0000u) * unit); }
};

// The low or high four bits of a word's bytes 0 and 2, and of 1 and 3: elements 0, 1 and 2, 3 of a group. High ones count 16 times as much.
DEVICE void low_codes(uint word, uint& first, uint& second)
{
    first = word & 0x000f000fu;
    second = word >> 8 & 0x000f000fu;
}

DEVICE void high_codes(uint word, uint& first, uint& second)
{
    first = word & 0x00f000f0u;
    second = word >> 8 & 0x00f000f0u;
}

// A page that all tokens of the block see: scales of keys go into the queries, those of values into the page's sums.
template <int D> DEVICE void attend_packed(ChunkAttention<D>& own, const PackedTile<D>& tile, int turn, float scale)
{
    constexpr int Positions = Page, Words = D / 32;
    int sub = own.sub, quarter = own.quarter;
    uint q[D / 16][4];
    float offset[4] = {};
    UNROLL
    for (int k = 0; k < D / 16; k++)
    {
        uint2 scales = tile.key_scales[4 * k + quarter], zeros = tile.key_zeros[4 * k + quarter];
        multiply_tile(offset, own.q[k][0], own.q[k][1], own.q[k][2], own.q[k][3], zeros.x, zeros.y);
        q[k][0] = multiply_halves(own.q[k][0], scales.x);
        q[k][1] = multiply_halves(own.q[k][1], scales.x);
        q[k][2] = multiply_halves(own.q[k][2], scales.y);
        q[k][3] = multiply_halves(own.q[k][3], scales.y);
    }

    const PackedPage<D>& page = tile.pages[turn];
    float s[Positions / 8][4];
    UNROLL
    for (int n = 0; n < Positions / 8; n++)
    {
        UNROLL
        for (int i = 0; i < 4; i++) s[n][i] = offset[i] * PackedTile<D>::CodeUnit;
        int p = 16 * (n / 2) + 4 * (sub / 2) + 2 * (n % 2) + sub % 2;
        uint words[4];
        const uint* from = page.keys.codes + (4 * p + quarter) * Words;
        if constexpr (D == 128)
        {
            uint4 w = *(const uint4*)from;
            words[0] = w.x, words[1] = w.y, words[2] = w.z, words[3] = w.w;
        }
        else
        {
            uint2 w = *(const uint2*)from;
            words[0] = w.x, words[1] = w.y;
        }

        UNROLL
        for (int i = 0; i < Words; i++)
        {
            uint b0, b1;
            low_codes(words[i], b0, b1);
            multiply_tile(s[n], q[2 * i][0], q[2 * i][1], q[2 * i][2], q[2 * i][3], b0, b1);
            high_codes(words[i], b0, b1);
            multiply_tile(s[n], q[2 * i + 1][0], q[2 * i + 1][1], q[2 * i + 1][2], q[2 * i + 1][3], b0, b1);
        }
    }

    float unit = scale * PackedTile<D>::PerCode;
    own.weigh(s, [&](int, int, float product) INLINED { return product * unit; }, [&](int n, int, float weight) INLINED { return n / 2 % 2 ? weight * 0.0625f : weight; });
    uint a[Positions / 16][4];
    float all[4] = {}; // of the weights, as they were rounded
    UNROLL
    for (int m = 0; m < Positions / 16; m++)
    {
        a[m][0] = halves(s[2 * m][0], s[2 * m][1]), a[m][1] = halves(s[2 * m][2], s[2 * m][3]);
        a[m][2] = halves(s[2 * m + 1][0], s[2 * m + 1][1]), a[m][3] = halves(s[2 * m + 1][2], s[2 * m + 1][3]);
        uint one = m % 2 ? 0x4c004c00u : 0x3c003c00u;
        multiply_tile(all, a[m][0], a[m][1], a[m][2], a[m][3], one, one);
    }

    UNROLL
    for (int d = 0; d < D / 8; d++)
    {
        int channel = 8 * d + sub, e = channel % (D / 8);
        int piece = PackedTile<D>::turned_piece((e / 2 * 8 + channel / (D / 8)) * 4 + quarter);
        uint2 words = ((const uint2*)page.values.codes)[2 * piece + e % 2];
        float c[4] = {};
        UNROLL
        for (int j = 0; j < 2; j++)
        {
            uint w = j ? words.y : words.x, b0, b1;
            low_codes(w, b0, b1);
            multiply_tile(c, a[2 * j][0], a[2 * j][1], a[2 * j][2], a[2 * j][3], b0, b1);
            high_codes(w, b0, b1);
            multiply_tile(c, a[2 * j + 1][0], a[2 * j + 1][1], a[2 * j + 1][2], a[2 * j + 1][3], b0, b1);
        }

        UNROLL
        for (int i = 0; i < 4; i++)
        {
            int column = 8 * d + 2 * quarter + i % 2;
            own.out[d][i] = multiply_add(tile.value_scales[column], c[i], multiply_add(tile.value_zeros[column], all[i], own.out[d][i]));
        }
    }
}

// Of a full-attention layer. A block takes the tokens of one page, which read the same pages as int4: all but the one before them and their own.
template <int D> DEVICE void attend_chunk_pages(
    const uint* queries, int heads, int kv_heads, const KvCache& near, const PackedPage<D>* packed, int pages, int position, int count, float scale, float* result)
{
    static SHARED Tile<D> tile;
    static SHARED PackedTile<D> packed_tile;
    int head = block_y(), kv_head = head / (heads / kv_heads), page = position / Page + block(), first_token = page * Page - position;
    ChunkAttention<D> own(queries, heads, head, first_token, count);
    packed += (long long)kv_head * pages;
    if (page > 1) packed_tile.fetch(0, packed[0]);
    copies_commit();
    for (int p = 0; p < page - 1; p++)
    {
        copies_wait<0>();
        sync();
        if (p < page - 2) packed_tile.fetch(1 - p % 2, packed[p + 1]);
        copies_commit();
        packed_tile.prepare(p % 2);
        sync();
        attend_packed(own, packed_tile, p % 2, scale);
    }

    int last = position + smaller(first_token + Page - 1, count - 1);
    for (int base = larger(0, page - 1) * Page; base <= last; base += Page)
    {
        sync();
        tile.load(near, kv_head, base, last);
        sync();
        own.attend(tile, base, position, scale, 0x7fffffff);
    }

    own.store(result, heads, head, count);
}

// Four-bit codes of full pages, `first` and on: a block for each page and head.
#define INT4(D) \
    KERNEL(2 * D, 1) int4_pack_##D( \
        int8* keys, float* key_scales, int8* values, float* value_scales, int capacity, PackedPage<D>* packed, int pages, int first) \
    { \
        int page = first + block(); \
        pack_page<D>(KvCache{ keys, key_scales, values, value_scales, capacity }, block_y(), page, packed[(long long)block_y() * pages + page]); \
    } \
    KERNEL(128, 2) int4_attend_##D( \
        const uint* queries, int heads, int kv_heads, int8* keys, float* key_scales, int8* values, float* value_scales, int capacity, \
        const PackedPage<D>* packed, int pages, int position, int count, float scale, float* result) \
    { \
        attend_chunk_pages<D>(queries, heads, kv_heads, KvCache{ keys, key_scales, values, value_scales, capacity }, packed, pages, position, count, scale, result); \
    }

INT4(64)
INT4(128)

// Copies int8 keys and values of some positions: blocks are layers' heads, and then keys, values and the scales of both. What is written may overlap
// what is read where it is at lower addresses. Positions are multiples of 64.
KERNEL(1024, 1) int4_move(const int8* from, int from_capacity, int from_first, int8* to, int to_capacity, int to_first, int count, int kv_heads, int head_size)
{
    int part = block_y(), width = part < 2 ? head_size : 4, before = part < 2 ? part * head_size : 2 * head_size + 4 * (part - 2);
    long long layer = block() / kv_heads, head = block() % kv_heads, bytes = 2 * kv_heads * (head_size + 4);
    from += layer * bytes * from_capacity + (long long)kv_heads * from_capacity * before + (head * from_capacity + from_first) * width;
    to += layer * bytes * to_capacity + (long long)kv_heads * to_capacity * before + (head * to_capacity + to_first) * width;
    int pieces = count * width / 16;
    for (int base = 0; base < pieces; base += threads())
    {
        int i = base + thread();
        uint4 piece = i < pieces ? load_fresh((const uint4*)from + i) : uint4{ 0, 0, 0, 0 };
        sync();
        if (i < pieces) ((uint4*)to)[i] = piece;
        sync();
    }
}
