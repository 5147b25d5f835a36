// Keys and values of a page of 64 positions as codes of four bits, with a scale and a zero for each channel of a head: the numbers of Kernels/Int4Codes.cs,
// in an order in which a lane finds what it multiplies on the tensor cores in one place.
#pragma once
#include "heads.h"

constexpr int Page = 64;
constexpr int MostCode = 15;

// A head's keys, or its values. A word has eight codes: the low four bits of its bytes are elements 0, 2, 1, 3 of one group of four, the high ones those of
// another. Keys: [8 p][8 g][4 quarters][D / 32] words, word i of quarter r of position 8 g + p of the channels 32 i + 4 r and 32 i + 16 + 4 r. Values:
// [D / 16][8 g][4 quarters][2 channels][2] words, word j of channel h of piece (m, g, r) of the positions 32 j + 4 r and 32 j + 16 + 4 r of channel
// g D / 8 + 2 m + h. An element is zero + scale * code, both upper halves of floats.
template <int D> struct alignas(16) PackedHalf
{
    uint codes[8 * D];
    unsigned short scales[D], zeros[D];
};

template <int D> struct PackedPage
{
    PackedHalf<D> keys, values;
};

// Which of four elements the byte of a word is.
DEVICE int element_of(int byte) { return byte == 1 ? 2 : byte == 2 ? 1 : byte; }

// The nearest of the floats whose lower half is zero, of two the even one.
DEVICE unsigned short to_upper_half(float x)
{
    uint b = bits(x);
    return (unsigned short)((b + 0x7fff + (b >> 16 & 1)) >> 16);
}

DEVICE float from_upper_half(uint half) { return from_bits(half << 16); }

// Makes a full page's codes of its int8 keys and values. A block of 2 D threads, one for each channel of either.
template <int D> DEVICE void pack_page(const KvCache& kv, int kv_head, int page, PackedPage<D>& to)
{
    static SHARED unsigned char codes[2][Page][D];
    int half = thread() / D, d = thread() % D;
    long long at = kv.place(kv_head, page * Page);
    const int8* elements = (half ? kv.values : kv.keys) + at * D + d;
    const float* scales = (half ? kv.value_scales : kv.key_scales) + at;
    PackedHalf<D>& own = half ? to.values : to.keys;
    float least = elements[0] * scales[0], largest = least;
    for (int p = 1; p < Page; p++)
    {
        float x = elements[p * D] * scales[p];
        least = smaller(least, x);
        largest = larger(largest, x);
    }

    unsigned short zero_bits = to_upper_half(least);
    float zero = from_upper_half(zero_bits);
    unsigned short scale_bits = to_upper_half(larger(0.0f, largest - zero) / MostCode);
    float scale = from_upper_half(scale_bits);
    own.zeros[d] = zero_bits;
    own.scales[d] = scale_bits;
    for (int p = 0; p < Page; p++)
    {
        float x = scale > 0 ? (elements[p * D] * scales[p] - zero) / scale : 0;
        codes[half][p][d] = (unsigned char)round_to_int(smaller(larger(x, 0.0f), (float)MostCode));
    }

    sync();
    for (int w = d; w < 8 * D; w += D)
    {
        uint word = 0;
        for (int b = 0; b < 4; b++)
        {
            int e = element_of(b), low, high;
            if (half)
            {
                int channel = w / 16 % 8 * (D / 8) + w / 128 * 2 + w / 2 % 2, position = 32 * (w % 2) + 4 * (w / 4 % 4) + e;
                low = codes[1][position][channel];
                high = codes[1][position + 16][channel];
            }
            else
            {
                int position = w / D + w / (D / 8) % 8 * 8, channel = 32 * (w % (D / 32)) + 4 * (w % (D / 8) / (D / 32)) + e;
                low = codes[0][position][channel];
                high = codes[0][position][channel + 16];
            }

            word |= (uint)(low | high << 4) << 8 * b;
        }

        own.codes[w] = word;
    }
}
