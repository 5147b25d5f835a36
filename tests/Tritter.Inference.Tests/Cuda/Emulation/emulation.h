// The words of device.h on the processor: a block's threads are fibers that take turns at barriers and shuffles. What the tensor cores do is
// computed from the fragments as the PTX manual lays them out.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#define KERNEL(threads, blocks) static void
#define DEVICE inline
#define SHARED
#define DYNAMIC_SHARED(name) uint4* name = (uint4*)emulated_shared()

namespace emulated
{
struct Place { int thread, threads, block, block_y, blocks, blocks_y; };
extern Place place;
void block_barrier();
void first_threads_barrier(int threads);
// Of a block's first threads, another number of them each time.
void some_threads_barrier(int threads);
// All lanes of the warp put `bytes` down and see what every lane did: `all` has 32 of them.
void exchange(const void* mine, int bytes, const void** all);
void warp_barrier();
// Others' turn, as long as what this thread waits for has not come.
void wait_for_others();
void has_written();
float from_half(uint16_t h);
uint16_t to_half(float f);
}

void* emulated_shared();

inline int thread() { return emulated::place.thread; }
inline int threads() { return emulated::place.threads; }
inline int block() { return emulated::place.block; }
inline int block_y() { return emulated::place.block_y; }
inline int blocks() { return emulated::place.blocks; }
inline void sync() { emulated::block_barrier(); }
template <int Count> void sync_first() { emulated::first_threads_barrier(Count); }
inline void sync_first(int count) { emulated::some_threads_barrier(count); }
inline void warp_sync() { emulated::warp_barrier(); }

template <class T> T shuffle_xor(T v, int lane)
{
    const void* all[32];
    emulated::exchange(&v, sizeof v, all);
    T r;
    memcpy(&r, all[(thread() & 31) ^ lane], sizeof r);
    return r;
}

inline float shuffle(float v, int lane)
{
    const void* all[32];
    emulated::exchange(&v, sizeof v, all);
    return *(const float*)all[lane];
}

inline int warp_add(int v)
{
    const void* all[32];
    emulated::exchange(&v, sizeof v, all);
    int sum = 0;
    for (int i = 0; i < 32; i++) sum += *(const int*)all[i];
    return sum;
}

inline float warp_largest(float m)
{
    const void* all[32];
    uint own = *(uint*)&m & 0x7fffffffu, largest = 0;
    emulated::exchange(&own, sizeof own, all);
    for (int i = 0; i < 32; i++) largest = *(const uint*)all[i] > largest ? *(const uint*)all[i] : largest;
    return *(float*)&largest;
}

inline int dp4a(uint a, uint b, int c)
{
    for (int i = 0; i < 4; i++) c += (int8)(a >> 8 * i) * (int8)(b >> 8 * i);
    return c;
}

inline int dp4a_su(uint a, uint b, int c)
{
    for (int i = 0; i < 4; i++) c += (int8)(a >> 8 * i) * (int)(b >> 8 * i & 255);
    return c;
}

inline int round_to_int(float x) { return (int)nearbyintf(x); }
inline float nearly_divided(float a, float b) { return a / b; }
inline float inverse_root(float x) { return 1 / sqrtf(x); }
inline float square_root(float x) { return sqrtf(x); }
inline float multiply_add(float a, float b, float c) { return fmaf(a, b, c); }
inline float power_of_two(float x) { return exp2f(x); }
inline float max_magnitude(float m, float x) { return fmaxf(m, fabsf(x)); }
inline double floor_of(double x) { return floor(x); }
inline uint bits(float x) { uint r; memcpy(&r, &x, 4); return r; }
inline float from_bits(uint x) { float r; memcpy(&r, &x, 4); return r; }

inline uint permute(uint a, uint b, uint selector)
{
    uint64_t both = (uint64_t)b << 32 | a;
    uint r = 0;
    for (int i = 0; i < 4; i++) r |= (uint)(both >> 8 * (selector >> 4 * i & 7) & 255) << 8 * i;
    return r;
}

inline uint halves(float low, float high) { return emulated::to_half(low) | (uint)emulated::to_half(high) << 16; }
inline uint multiply_halves(uint a, uint b)
{
    return halves(emulated::from_half(a & 0xffff) * emulated::from_half(b & 0xffff), emulated::from_half(a >> 16) * emulated::from_half(b >> 16));
}
inline uint subtract_halves(uint a, uint b)
{
    return halves(emulated::from_half(a & 0xffff) - emulated::from_half(b & 0xffff), emulated::from_half(a >> 16) - emulated::from_half(b >> 16));
}

template <class T> T load_weights(const T* p) { return *p; }
template <class T> T load_fresh(const T* p) { return *p; }
inline void copy_async(void* shared, const void* global) { memcpy(shared, global, 16); }
inline void copy_async(void* shared, const void* global, bool real)
{
    if (real) memcpy(shared, global, 16); else memset(shared, 0, 16);
}
inline void copies_commit() {}
inline uint4* kept_address(uint4* shared) { return shared; }
template <int Pending> void copies_wait() {}

// A phase's barrier: how many arrive in each, how many are missing in this one, and its number.
struct PhaseBarrier { uint16_t count, missing; uint phase; };
inline void barrier_begin(uint64* barrier, int count) { *(PhaseBarrier*)barrier = { (uint16_t)count, (uint16_t)count, 0 }; }
inline void barrier_arrive(uint64* barrier)
{
    PhaseBarrier& b = *(PhaseBarrier*)barrier;
    if (--b.missing == 0) b = { b.count, b.count, b.phase + 1 };
    emulated::has_written();
}
inline void barrier_arrive_copied(uint64* barrier) { barrier_arrive(barrier); }
inline bool barrier_passed(uint64* barrier, uint parity) { return (((PhaseBarrier*)barrier)->phase & 1) != parity; }
inline void arrive(uint* counter) { ++*counter; emulated::has_written(); }
inline uint look_at(const uint* p) { return *p; }
inline uint arrive_after(uint* counter) { return (*counter)++; }
inline uint shared_add(uint* shared, uint v) { uint old = *shared; *shared += v; return old; }
inline void pause() { emulated::wait_for_others(); }

// Lane l has of a: rows l / 4 (0, 2) and l / 4 + 8 (1, 3), inner elements from l % 4 times a register's on, the second half of them in 2 and 3;
// of b: column l / 4, the same inner elements; of c: rows l / 4 (0, 1) and l / 4 + 8 (2, 3), columns 2 (l % 4) and the next.
struct Fragments { uint a[4], b[2]; };

template <class Product> void multiply_fragments(uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, Product product)
{
    Fragments mine = { { a0, a1, a2, a3 }, { b0, b1 } };
    const void* all[32];
    emulated::exchange(&mine, sizeof mine, all);
    int lane = thread() & 31;
    for (int i = 0; i < 4; i++)
    {
        int row = lane / 4, column = lane % 4 * 2 + i % 2;
        for (int inner = 0; inner < 8; inner++)
        {
            const Fragments* of_a = (const Fragments*)all[row * 4 + inner % 4];
            const Fragments* of_b = (const Fragments*)all[column * 4 + inner % 4];
            product(i, of_a->a[(inner < 4 ? 0 : 2) + i / 2], of_b->b[inner / 4]);
        }
    }
}

inline void multiply_tile(int* c, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
{
    multiply_fragments(a0, a1, a2, a3, b0, b1, [=](int i, uint a, uint b) { c[i] = dp4a(a, b, c[i]); });
}

inline void multiply_tile_su(int* c, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
{
    multiply_fragments(a0, a1, a2, a3, b0, b1, [=](int i, uint a, uint b) { c[i] = dp4a_su(a, b, c[i]); });
}

inline void multiply_tile_us(int* c, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
{
    multiply_fragments(a0, a1, a2, a3, b0, b1, [=](int i, uint a, uint b) { c[i] = dp4a_su(b, a, c[i]); });
}

inline void multiply_tile(float* c, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
{
    multiply_fragments(a0, a1, a2, a3, b0, b1, [=](int i, uint a, uint b)
    {
        c[i] += emulated::from_half(a & 0xffff) * emulated::from_half(b & 0xffff);
        c[i] += emulated::from_half(a >> 16) * emulated::from_half(b >> 16);
    });
}
