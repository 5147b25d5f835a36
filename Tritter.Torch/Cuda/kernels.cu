// The pointwise parts of the transformer. Compiled when training starts (NVRTC), so no headers: bf16 is handled as its bits.
// Every thread holds eight neighbouring elements of a row; a row belongs to one block, a block walks over many rows.
typedef unsigned int u32;
typedef unsigned short bf16;

#define EPS_ROW 1e-5f

__device__ __forceinline__ float widen(u32 bits) { return __uint_as_float(bits << 16); }

__device__ __forceinline__ u32 narrow(float x)
{
    u32 u = __float_as_uint(x);
    return (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
}

__device__ __forceinline__ void load(const bf16* p, float* v)
{
    uint4 r = *(const uint4*)p;
    u32 w[4] = { r.x, r.y, r.z, r.w };
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        v[2 * i] = widen(w[i] & 0xffffu);
        v[2 * i + 1] = __uint_as_float(w[i] & 0xffff0000u);
    }
}

__device__ __forceinline__ void load(const float* p, float* v)
{
    float4 a = ((const float4*)p)[0];
    float4 b = ((const float4*)p)[1];
    v[0] = a.x; v[1] = a.y; v[2] = a.z; v[3] = a.w;
    v[4] = b.x; v[5] = b.y; v[6] = b.z; v[7] = b.w;
}

__device__ __forceinline__ void store(bf16* p, const float* v)
{
    uint4 r;
    r.x = narrow(v[0]) | (narrow(v[1]) << 16);
    r.y = narrow(v[2]) | (narrow(v[3]) << 16);
    r.z = narrow(v[4]) | (narrow(v[5]) << 16);
    r.w = narrow(v[6]) | (narrow(v[7]) << 16);
    *(uint4*)p = r;
}

__device__ __forceinline__ void store(float* p, const float* v)
{
    ((float4*)p)[0] = make_float4(v[0], v[1], v[2], v[3]);
    ((float4*)p)[1] = make_float4(v[4], v[5], v[6], v[7]);
}

// Sum or maximum over the block; `slot` keeps the shared places of successive reductions apart.
template <bool MAX>
__device__ __forceinline__ float reduce(float v, int slot)
{
    __shared__ float places[4][32];
#pragma unroll
    for (int d = 16; d > 0; d >>= 1)
    {
        float o = __shfl_xor_sync(0xffffffffu, v, d);
        v = MAX ? fmaxf(v, o) : v + o;
    }

    int warps = blockDim.x >> 5;
    if (warps == 1)
    {
        return v;
    }

    if ((threadIdx.x & 31) == 0)
    {
        places[slot][threadIdx.x >> 5] = v;
    }

    __syncthreads();
    float r = places[slot][0];
    for (int i = 1; i < warps; i++)
    {
        r = MAX ? fmaxf(r, places[slot][i]) : r + places[slot][i];
    }

    return r;
}

// Norm of x[8] into y[8]; answers mean and 1/deviation.
__device__ __forceinline__ void normal(const float* x, float* y, int n, bool in, float eps, float* mean, float* inverse)
{
    float s = 0;
#pragma unroll
    for (int i = 0; i < 8; i++) s += x[i];
    *mean = reduce<false>(in ? s : 0, 0) / n;
    s = 0;
#pragma unroll
    for (int i = 0; i < 8; i++)
    {
        y[i] = x[i] - *mean;
        s += y[i] * y[i];
    }

    *inverse = 1.0f / sqrtf(reduce<false>(in ? s : 0, 1) / n + eps);
#pragma unroll
    for (int i = 0; i < 8; i++) y[i] *= *inverse;
}

__device__ __forceinline__ void quantize(float* y, bool in)
{
    float m = 0;
#pragma unroll
    for (int i = 0; i < 8; i++) m = fmaxf(m, fabsf(y[i]));
    float scale = 127.0f / fmaxf(reduce<true>(in ? m : 0, 2), EPS_ROW);
#pragma unroll
    for (int i = 0; i < 8; i++) y[i] = fminf(fmaxf(rintf(y[i] * scale), -128.0f), 127.0f) / scale;
}

// y = norm(x) * w, rounded if asked for.
template <typename X>
__device__ __forceinline__ void norm_body(const X* x, const float* w, bf16* y, float* stats, long rows, int n, float eps, int quant)
{
    int c = threadIdx.x * 8;
    bool in = c < n;
    float g[8] = { 0 };
    if (in) load(w + c, g);
    for (long r = blockIdx.x; r < rows; r += gridDim.x)
    {
        float v[8] = { 0 }, o[8], mean, inverse;
        if (in) load(x + r * n + c, v);
        normal(v, o, n, in, eps, &mean, &inverse);
#pragma unroll
        for (int i = 0; i < 8; i++) o[i] *= g[i];
        if (quant) quantize(o, in);
        if (in) store(y + r * n + c, o);
        if (threadIdx.x == 0)
        {
            stats[2 * r] = mean;
            stats[2 * r + 1] = inverse;
        }

        __syncthreads();
    }
}

extern "C" __global__ void norm_f32(const float* x, const float* w, bf16* y, float* stats, long rows, int n, float eps, int quant) { norm_body(x, w, y, stats, rows, n, eps, quant); }
extern "C" __global__ void norm_bf16(const bf16* x, const float* w, bf16* y, float* stats, long rows, int n, float eps, int quant) { norm_body(x, w, y, stats, rows, n, eps, quant); }

// h = x + branch; y = rounded norm(h) * w.
extern "C" __global__ void add_norm(const float* x, const bf16* branch, const float* w, float* h, bf16* y, float* stats, long rows, int n, float eps)
{
    int c = threadIdx.x * 8;
    bool in = c < n;
    float g[8] = { 0 };
    if (in) load(w + c, g);
    for (long r = blockIdx.x; r < rows; r += gridDim.x)
    {
        float v[8] = { 0 }, b[8] = { 0 }, o[8], mean, inverse;
        if (in)
        {
            load(x + r * n + c, v);
            load(branch + r * n + c, b);
        }
#pragma unroll
        for (int i = 0; i < 8; i++) v[i] += b[i];
        if (in) store(h + r * n + c, v);
        normal(v, o, n, in, eps, &mean, &inverse);
#pragma unroll
        for (int i = 0; i < 8; i++) o[i] *= g[i];
        quantize(o, in);
        if (in) store(y + r * n + c, o);
        if (threadIdx.x == 0)
        {
            stats[2 * r] = mean;
            stats[2 * r + 1] = inverse;
        }

        __syncthreads();
    }
}

// x = h + norm(branch) * w.
extern "C" __global__ void norm_add(const float* h, const bf16* branch, const float* w, float* x, float* stats, long rows, int n, float eps)
{
    int c = threadIdx.x * 8;
    bool in = c < n;
    float g[8] = { 0 };
    if (in) load(w + c, g);
    for (long r = blockIdx.x; r < rows; r += gridDim.x)
    {
        float v[8] = { 0 }, o[8], a[8] = { 0 }, mean, inverse;
        if (in)
        {
            load(branch + r * n + c, v);
            load(h + r * n + c, a);
        }

        normal(v, o, n, in, eps, &mean, &inverse);
#pragma unroll
        for (int i = 0; i < 8; i++) a[i] += o[i] * g[i];
        if (in) store(x + r * n + c, a);
        if (threadIdx.x == 0)
        {
            stats[2 * r] = mean;
            stats[2 * r + 1] = inverse;
        }

        __syncthreads();
    }
}

__device__ __forceinline__ void gated(const float* gate, const float* up, float* v)
{
#pragma unroll
    for (int i = 0; i < 8; i++)
    {
        float g = fmaxf(gate[i], 0.0f);
        v[i] = g * g * up[i];
    }
}

// y = rounded norm(relu(gate)^2 * up) * w.
extern "C" __global__ void gated_norm(const bf16* gateUp, const float* w, bf16* y, float* stats, long rows, int n, float eps)
{
    int c = threadIdx.x * 8;
    bool in = c < n;
    float g[8] = { 0 };
    if (in) load(w + c, g);
    for (long r = blockIdx.x; r < rows; r += gridDim.x)
    {
        float a[8] = { 0 }, b[8] = { 0 }, v[8], o[8], mean, inverse;
        if (in)
        {
            load(gateUp + r * 2 * n + c, a);
            load(gateUp + r * 2 * n + n + c, b);
        }

        gated(a, b, v);
        normal(v, o, n, in, eps, &mean, &inverse);
#pragma unroll
        for (int i = 0; i < 8; i++) o[i] *= g[i];
        quantize(o, in);
        if (in) store(y + r * n + c, o);
        if (threadIdx.x == 0)
        {
            stats[2 * r] = mean;
            stats[2 * r + 1] = inverse;
        }

        __syncthreads();
    }
}

// From dy and x: v becomes the gradient of x; sum gathers that of w.
__device__ __forceinline__ void back(const float* dy, const float* x, const float* w, float mean, float inverse, int n, bool in, float* v, float* sum)
{
    float xh[8], d[8], m1 = 0, m2 = 0;
#pragma unroll
    for (int i = 0; i < 8; i++)
    {
        xh[i] = (x[i] - mean) * inverse;
        sum[i] += dy[i] * xh[i];
        d[i] = dy[i] * w[i];
        m1 += d[i];
        m2 += d[i] * xh[i];
    }

    m1 = reduce<false>(in ? m1 : 0, 0) / n;
    m2 = reduce<false>(in ? m2 : 0, 1) / n;
#pragma unroll
    for (int i = 0; i < 8; i++) v[i] = inverse * (d[i] - m1 - xh[i] * m2);
}

// partial [gridDim.x, n] gathers the weight's gradient.
template <typename D>
__device__ __forceinline__ void norm_back_body(const D* dy, const bf16* x, const float* w, const float* stats, bf16* dx, float* partial, long rows, int n)
{
    int c = threadIdx.x * 8;
    bool in = c < n;
    float g[8] = { 0 }, sum[8] = { 0 };
    if (in) load(w + c, g);
    for (long r = blockIdx.x; r < rows; r += gridDim.x)
    {
        float d[8] = { 0 }, v[8] = { 0 }, o[8];
        if (in)
        {
            load(dy + r * n + c, d);
            load(x + r * n + c, v);
        }

        back(d, v, g, stats[2 * r], stats[2 * r + 1], n, in, o, sum);
        if (in) store(dx + r * n + c, o);
        __syncthreads();
    }

    if (in) store(partial + (long)blockIdx.x * n + c, sum);
}

extern "C" __global__ void norm_back_f32(const float* dy, const bf16* x, const float* w, const float* stats, bf16* dx, float* partial, long rows, int n) { norm_back_body(dy, x, w, stats, dx, partial, rows, n); }
extern "C" __global__ void norm_back_bf16(const bf16* dy, const bf16* x, const float* w, const float* stats, bf16* dx, float* partial, long rows, int n) { norm_back_body(dy, x, w, stats, dx, partial, rows, n); }

// residual += gradient of x; copy, if there is one, is residual in bf16.
extern "C" __global__ void norm_back_into(float* residual, const bf16* dy, const float* x, const float* w, const float* stats, bf16* copy, float* partial, long rows, int n)
{
    int c = threadIdx.x * 8;
    bool in = c < n;
    float g[8] = { 0 }, sum[8] = { 0 };
    if (in) load(w + c, g);
    for (long r = blockIdx.x; r < rows; r += gridDim.x)
    {
        float d[8] = { 0 }, v[8] = { 0 }, o[8], a[8] = { 0 };
        if (in)
        {
            load(dy + r * n + c, d);
            load(x + r * n + c, v);
            load(residual + r * n + c, a);
        }

        back(d, v, g, stats[2 * r], stats[2 * r + 1], n, in, o, sum);
#pragma unroll
        for (int i = 0; i < 8; i++) a[i] += o[i];
        if (in)
        {
            store(residual + r * n + c, a);
            if (copy) store(copy + r * n + c, a);
        }

        __syncthreads();
    }

    if (in) store(partial + (long)blockIdx.x * n + c, sum);
}

extern "C" __global__ void gated_back(const bf16* dy, const bf16* gateUp, const float* w, const float* stats, bf16* dGateUp, float* partial, long rows, int n)
{
    int c = threadIdx.x * 8;
    bool in = c < n;
    float g[8] = { 0 }, sum[8] = { 0 };
    if (in) load(w + c, g);
    for (long r = blockIdx.x; r < rows; r += gridDim.x)
    {
        float d[8] = { 0 }, a[8] = { 0 }, b[8] = { 0 }, v[8], o[8];
        if (in)
        {
            load(dy + r * n + c, d);
            load(gateUp + r * 2 * n + c, a);
            load(gateUp + r * 2 * n + n + c, b);
        }

        gated(a, b, v);
        back(d, v, g, stats[2 * r], stats[2 * r + 1], n, in, o, sum);
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            float gate = fmaxf(a[i], 0.0f);
            a[i] = o[i] * 2.0f * gate * b[i];
            b[i] = o[i] * gate * gate;
        }

        if (in)
        {
            store(dGateUp + r * 2 * n + c, a);
            store(dGateUp + r * 2 * n + n + c, b);
        }

        __syncthreads();
    }

    if (in) store(partial + (long)blockIdx.x * n + c, sum);
}

__device__ __forceinline__ float warp_sum(float v)
{
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) v += __shfl_xor_sync(0xffffffffu, v, d);
    return v;
}

// A warp a head: lane i holds the pair (i, i + half) that is rotated. Heads of queries, then of keys.
extern "C" __global__ void heads(const bf16* qkv, const float* qw, const float* kw, const int* positions, const float* cosines, const float* sines, bf16* q, bf16* k,
    long rows, int queries, int keys, int half, float eps, int rope)
{
    int lane = threadIdx.x & 31;
    bool in = lane < half;
    int size = 2 * half, width = (queries + 2 * keys) * size, all = queries + keys;
    long warps = (long)gridDim.x * (blockDim.x >> 5);
    for (long i = (long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5); i < rows * all; i += warps)
    {
        long r = i / all;
        int h = (int)(i % all);
        const bf16* x = qkv + r * width + h * size;
        float a = in ? widen(x[lane]) : 0, b = in ? widen(x[lane + half]) : 0;
        float mean = warp_sum(a + b) / size;
        float da = in ? a - mean : 0, db = in ? b - mean : 0;
        float inverse = 1.0f / sqrtf(warp_sum(da * da + db * db) / size + eps);
        if (in)
        {
            const float* w = h < queries ? qw : kw;
            a = da * inverse * w[lane];
            b = db * inverse * w[lane + half];
            if (rope)
            {
                float c = cosines[(long)positions[r] * half + lane], s = sines[(long)positions[r] * half + lane];
                float t = a * c - b * s;
                b = b * c + a * s;
                a = t;
            }

            bf16* y = h < queries ? q + (r * queries + h) * size : k + (r * keys + h - queries) * size;
            y[lane] = (bf16)narrow(a);
            y[lane + half] = (bf16)narrow(b);
        }
    }
}

// partial [warps, 2, size]: gradients of the query and the key weights.
extern "C" __global__ void heads_back(const bf16* dq, const bf16* dk, const bf16* dv, const bf16* qkv, const float* qw, const float* kw, const int* positions,
    const float* cosines, const float* sines, bf16* dqkv, float* partial, long rows, int queries, int keys, int half, float eps, int rope)
{
    int lane = threadIdx.x & 31;
    bool in = lane < half;
    int size = 2 * half, all = queries + 2 * keys, width = all * size;
    long warps = (long)gridDim.x * (blockDim.x >> 5);
    long warp = (long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
    float sums[2][2] = { { 0, 0 }, { 0, 0 } };
    for (long i = warp; i < rows * all; i += warps)
    {
        long r = i / all;
        int h = (int)(i % all);
        bf16* out = dqkv + r * width + h * size;
        if (h >= queries + keys)
        {
            if (in)
            {
                const bf16* d = dv + (r * keys + h - queries - keys) * size;
                out[lane] = d[lane];
                out[lane + half] = d[lane + half];
            }

            continue;
        }

        const bf16* x = qkv + r * width + h * size;
        const bf16* d = h < queries ? dq + (r * queries + h) * size : dk + (r * keys + h - queries) * size;
        const float* w = h < queries ? qw : kw;
        float a = in ? widen(x[lane]) : 0, b = in ? widen(x[lane + half]) : 0;
        float ga = in ? widen(d[lane]) : 0, gb = in ? widen(d[lane + half]) : 0;
        if (rope && in)
        {
            float c = cosines[(long)positions[r] * half + lane], s = sines[(long)positions[r] * half + lane];
            float t = ga * c + gb * s;
            gb = gb * c - ga * s;
            ga = t;
        }

        float mean = warp_sum(a + b) / size;
        float da = in ? a - mean : 0, db = in ? b - mean : 0;
        float inverse = 1.0f / sqrtf(warp_sum(da * da + db * db) / size + eps);
        da *= inverse;
        db *= inverse;
        int which = h < queries ? 0 : 1;
        sums[which][0] += ga * da;
        sums[which][1] += gb * db;
        ga *= in ? w[lane] : 0;
        gb *= in ? w[lane + half] : 0;
        float m1 = warp_sum(ga + gb) / size;
        float m2 = warp_sum(ga * da + gb * db) / size;
        if (in)
        {
            out[lane] = (bf16)narrow(inverse * (ga - m1 - da * m2));
            out[lane + half] = (bf16)narrow(inverse * (gb - m1 - db * m2));
        }
    }

    if (in)
    {
        for (int s = 0; s < 2; s++)
        {
            partial[(warp * 2 + s) * size + lane] = sums[s][0];
            partial[(warp * 2 + s) * size + lane + half] = sums[s][1];
        }
    }
}

// A block a row of logits: its loss, and the gradient in place.
extern "C" __global__ void cross_entropy(bf16* logits, const int* targets, const float* weights, float* losses, long rows, int vocabulary, float scale)
{
    for (long r = blockIdx.x; r < rows; r += gridDim.x)
    {
        bf16* x = logits + r * vocabulary;
        float v[8], most = -1e30f;
        for (int c = threadIdx.x * 8; c < vocabulary; c += blockDim.x * 8)
        {
            load(x + c, v);
#pragma unroll
            for (int i = 0; i < 8; i++) most = fmaxf(most, v[i]);
        }

        most = reduce<true>(most, 0);
        float sum = 0;
        for (int c = threadIdx.x * 8; c < vocabulary; c += blockDim.x * 8)
        {
            load(x + c, v);
#pragma unroll
            for (int i = 0; i < 8; i++) sum += __expf(v[i] - most);
        }

        sum = reduce<false>(sum, 1);
        int target = targets[r];
        if (threadIdx.x == 0) losses[r] = weights[r] * (__logf(sum) + most - widen(x[target]));
        float factor = weights[r] * scale;
        __syncthreads();
        for (int c = threadIdx.x * 8; c < vocabulary; c += blockDim.x * 8)
        {
            load(x + c, v);
#pragma unroll
            for (int i = 0; i < 8; i++) v[i] = factor * (__expf(v[i] - most) / sum - (c + i == target ? 1.0f : 0.0f));
            store(x + c, v);
        }

        __syncthreads();
    }
}
