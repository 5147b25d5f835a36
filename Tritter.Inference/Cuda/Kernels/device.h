// The words that the kernels are written in: what CUDA's headers would define, of which none is needed. With TRITTER_EMULATION the tests
// define the same words on the processor.
#pragma once

typedef unsigned int uint;
typedef unsigned long long uint64;
typedef signed char int8;

struct alignas(8) uint2 { uint x, y; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) uint4 { uint x, y, z, w; };
struct alignas(16) float4 { float x, y, z, w; };

#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("nounroll")

// Of a lambda: one that is called instead would have all that it uses in memory.
#define INLINED __attribute__((always_inline))

#ifdef TRITTER_EMULATION
#include "emulation.h"
#else

#define KERNEL(threads, blocks) extern "C" __attribute__((global)) __attribute__((launch_bounds(threads, blocks))) void
#define DEVICE __attribute__((device)) __attribute__((always_inline)) inline
#define SHARED __attribute__((shared))
#define DYNAMIC_SHARED(name) extern SHARED uint4 name[]

// Their values stay in a register, but what is computed from them is computed where it is used: the compiler would keep dozens of such numbers
// through all of a long kernel, in memory for lack of registers.
DEVICE int anew(int v) { asm volatile("" : "+r"(v)); return v; }
DEVICE int thread() { return anew(__nvvm_read_ptx_sreg_tid_x()); }
DEVICE int threads() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE int block() { return anew(__nvvm_read_ptx_sreg_ctaid_x()); }
DEVICE int block_y() { return __nvvm_read_ptx_sreg_ctaid_y(); }
DEVICE int blocks() { return __nvvm_read_ptx_sreg_nctaid_x(); }

DEVICE void sync() { __syncthreads(); }

// The first threads of a block, a multiple of 32.
template <int Count> DEVICE void sync_first() { asm volatile("bar.sync 1, %0;" :: "n"(Count) : "memory"); }
DEVICE void sync_first(int count) { asm volatile("bar.sync 2, %0;" :: "r"(count) : "memory"); }
DEVICE void warp_sync() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }
DEVICE float shuffle(float v, int lane) { return __nvvm_shfl_sync_idx_f32(0xffffffffu, v, lane, 0x1f); }
DEVICE float shuffle_xor(float v, int lane) { return __nvvm_shfl_sync_bfly_f32(0xffffffffu, v, lane, 0x1f); }
DEVICE int shuffle_xor(int v, int lane) { return __nvvm_shfl_sync_bfly_i32(0xffffffffu, v, lane, 0x1f); }
DEVICE uint shuffle_xor(uint v, int lane) { return (uint)__nvvm_shfl_sync_bfly_i32(0xffffffffu, (int)v, lane, 0x1f); }

// The sum over a warp, for all of its lanes.
DEVICE int warp_add(int v) { int r; asm volatile("redux.sync.add.s32 %0, %1, 0xffffffff;" : "=r"(r) : "r"(v)); return r; }

// c + the four products of signed bytes.
DEVICE int dp4a(uint a, uint b, int c) { int r; asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c)); return r; }

DEVICE int round_to_int(float x) { int r; asm("cvt.rni.s32.f32 %0, %1;" : "=r"(r) : "f"(x)); return r; }
// To about the last bit or two.
DEVICE float nearly_divided(float a, float b) { float r; asm("div.approx.f32 %0, %1, %2;" : "=f"(r) : "f"(a), "f"(b)); return r; }
DEVICE float inverse_root(float x) { float r; asm("rsqrt.approx.f32 %0, %1;" : "=f"(r) : "f"(x)); return r; }

DEVICE float square_root(float x) { float r; asm("sqrt.rn.f32 %0, %1;" : "=f"(r) : "f"(x)); return r; }
DEVICE float multiply_add(float a, float b, float c) { float r; asm("fma.rn.f32 %0, %1, %2, %3;" : "=f"(r) : "f"(a), "f"(b), "f"(c)); return r; }
DEVICE float power_of_two(float x) { float r; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x)); return r; }
DEVICE double floor_of(double x) { double r; asm("cvt.rmi.f64.f64 %0, %1;" : "=d"(r) : "d"(x)); return r; }
DEVICE float max_magnitude(float m, float x) { float r; asm("{\n .reg .f32 a;\n abs.f32 a, %2;\n max.f32 %0, %1, a;\n}" : "=f"(r) : "f"(m), "f"(x)); return r; }
DEVICE uint bits(float x) { uint r; asm("mov.b32 %0, %1;" : "=r"(r) : "f"(x)); return r; }
DEVICE float from_bits(uint x) { float r; asm("mov.b32 %0, %1;" : "=f"(r) : "r"(x)); return r; }
DEVICE uint permute(uint a, uint b, uint selector) { uint r; asm("prmt.b32 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(selector)); return r; }

// The largest magnitude in a warp, for all of its lanes: of floats without their sign the bits are ordered as they are.
DEVICE float warp_largest(float m) { uint r; asm volatile("redux.sync.max.u32 %0, %1, 0xffffffff;" : "=r"(r) : "r"(bits(m) & 0x7fffffffu)); return from_bits(r); }

// Two float16 in a word, the first in the low half.
DEVICE uint halves(float low, float high) { uint r; asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low)); return r; }
DEVICE uint multiply_halves(uint a, uint b) { uint r; asm("mul.rn.f16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b)); return r; }
DEVICE uint subtract_halves(uint a, uint b) { uint r; asm("sub.rn.f16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b)); return r; }

// What no kernel writes: weights.
DEVICE uint4 load_weights(const uint4* p)
{
    uint4 r;
    asm volatile("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];" : "=r"(r.x), "=r"(r.y), "=r"(r.z), "=r"(r.w) : "l"(p));
    return r;
}

DEVICE float load_weights(const float* p) { float r; asm volatile("ld.global.nc.f32 %0, [%1];" : "=f"(r) : "l"(p)); return r; }
DEVICE float4 load_weights(const float4* p)
{
    float4 r;
    asm volatile("ld.global.nc.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(r.x), "=f"(r.y), "=f"(r.z), "=f"(r.w) : "l"(p));
    return r;
}

// What another kernel or block has written: past this processor's own cache.
DEVICE float load_fresh(const float* p) { float r; asm volatile("ld.global.cg.f32 %0, [%1];" : "=f"(r) : "l"(p) : "memory"); return r; }
DEVICE int load_fresh(const int* p) { int r; asm volatile("ld.global.cg.s32 %0, [%1];" : "=r"(r) : "l"(p) : "memory"); return r; }
DEVICE uint load_fresh(const uint* p) { return (uint)load_fresh((const int*)p); }
DEVICE float2 load_fresh(const float2* p)
{
    float2 r;
    asm volatile("ld.global.cg.v2.f32 {%0, %1}, [%2];" : "=f"(r.x), "=f"(r.y) : "l"(p) : "memory");
    return r;
}
DEVICE float4 load_fresh(const float4* p)
{
    float4 r;
    asm volatile("ld.global.cg.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(r.x), "=f"(r.y), "=f"(r.z), "=f"(r.w) : "l"(p) : "memory");
    return r;
}
DEVICE uint4 load_fresh(const uint4* p)
{
    uint4 r;
    asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];" : "=r"(r.x), "=r"(r.y), "=r"(r.z), "=r"(r.w) : "l"(p) : "memory");
    return r;
}

// The same address, kept in a register: the compiler would form that of shared memory anew for each access.
DEVICE uint4* kept_address(uint4* shared)
{
    auto p = (__attribute__((address_space(3))) uint4*)shared;
    asm volatile("" : "+r"(p));
    return (uint4*)p;
}

// Copies 16 bytes into shared memory while the thread goes on; a false `real` writes zeros.
DEVICE void copy_async(void* shared, const void* global)
{
    auto to = (__attribute__((address_space(3))) void*)shared;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" :: "r"(to), "l"(global) : "memory");
}
DEVICE void copy_async(void* shared, const void* global, bool real)
{
    auto to = (__attribute__((address_space(3))) void*)shared;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" :: "r"(to), "l"(global), "r"(real ? 16 : 0) : "memory");
}
DEVICE void copies_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int Pending> DEVICE void copies_wait() { asm volatile("cp.async.wait_group %0;" :: "n"(Pending) : "memory"); }

// A barrier in shared memory whose phases end when `count` have arrived at it, one way or the other: at once, or when the copies that the thread has
// asked for so far are done. What was read or written before arriving is so for who sees that the phase has passed. The first phase has parity 0.
DEVICE uint shared_address(const void* p) { return (uint)(unsigned long)(__attribute__((address_space(3))) const void*)p; }
DEVICE void barrier_begin(uint64* barrier, int count) { asm volatile("mbarrier.init.shared.b64 [%0], %1;" :: "r"(shared_address(barrier)), "r"(count) : "memory"); }
DEVICE void barrier_arrive(uint64* barrier) { asm volatile("{\n .reg .b64 state;\n mbarrier.arrive.shared.b64 state, [%0];\n}" :: "r"(shared_address(barrier)) : "memory"); }
DEVICE void barrier_arrive_copied(uint64* barrier) { asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" :: "r"(shared_address(barrier)) : "memory"); }
DEVICE bool barrier_passed(uint64* barrier, uint parity)
{
    uint passed;
    asm volatile("{\n .reg .pred passed;\n mbarrier.test_wait.parity.shared.b64 passed, [%1], %2;\n selp.u32 %0, 1, 0, passed;\n}" : "=r"(passed) : "r"(shared_address(barrier)), "r"(parity) : "memory");
    return passed;
}

// c += a b on the tensor cores: 16 x 32 by 32 x 8 of int8 (of which multiply_tile_su takes b's as unsigned, multiply_tile_us a's), and 16 x 16 by 16 x 8 of float16 with
// sums in float.
DEVICE void multiply_tile(int* c, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
{
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
DEVICE void multiply_tile_su(int* c, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
{
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.u8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
DEVICE void multiply_tile_us(int* c, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
{
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
DEVICE void multiply_tile(float* c, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

// Blocks count how many of them have come somewhere; all that the block wrote before the sync in front of it can be seen by who sees the count.
DEVICE void arrive(uint* counter) { asm volatile("red.release.gpu.global.add.u32 [%0], 1;" :: "l"(counter) : "memory"); }
DEVICE uint look_at(const uint* p) { uint r; asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(r) : "l"(p) : "memory"); return r; }
// The same, which says how many had come before; what they wrote can be read then.
DEVICE uint arrive_after(uint* counter) { uint r; asm volatile("atom.acq_rel.gpu.global.add.u32 %0, [%1], 1;" : "=r"(r) : "l"(counter) : "memory"); return r; }
DEVICE uint shared_add(uint* shared, uint v)
{
    auto p = (__attribute__((address_space(3))) uint*)shared;
    uint r;
    asm volatile("atom.shared.add.u32 %0, [%1], %2;" : "=r"(r) : "r"(p), "r"(v) : "memory");
    return r;
}

// Between two looks at what another block is to do.
DEVICE void pause() {}

#endif
