// A stand-in for NVIDIA's driver library that runs the kernels' sources on the processor, so that the host's code and the kernels are tested
// where no device is. Only what Tritter calls is here. One thread at a time.
#define TRITTER_EMULATION
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <ucontext.h>
#include <vector>
#include "../../../../Tritter.Inference/Cuda/Kernels/tritter.cu"
#include "../../../../Tritter.Inference/Cuda/Kernels/int4.cu"

namespace emulated
{
Place place;

// A block's threads. Every one runs until it waits for others; then the next one goes on. TRITTER_EMULATION_REVERSED lets them go in the other
// order, which a missing barrier does not survive; TRITTER_EMULATION_SHUFFLED, a number, leaves out half of the warps each time, others from number to number.
struct Fiber
{
    jmp_buf at;
    bool started, done;
    int barriers, first_barriers, warp_barriers;
    char value[2][64]; // of this exchange and the one before, which other lanes may still read
    int exchanges;
    std::vector<char> stack;
};

static std::vector<Fiber> fibers;
static int slot;      // of the running block among those that are on their way together
static long progress; // how often a thread went on after it had waited
static std::function<void()> body;
static jmp_buf scheduler;
static bool reversed = getenv("TRITTER_EMULATION_REVERSED") != nullptr;
static const char* shuffled = getenv("TRITTER_EMULATION_SHUFFLED");
static std::minstd_rand chance(shuffled ? atoi(shuffled) : 1);
static std::vector<std::vector<char>> shared;

// Of each block, how many threads wait at the barrier for some of them, and how often it was passed.
struct SomeThreads { int here, times; };
static std::vector<SomeThreads> some_threads;

static Fiber& fiber(int thread) { return fibers[slot * place.threads + thread]; }

static void yield()
{
    Fiber& own = fiber(place.thread);
    if (_setjmp(own.at) == 0) _longjmp(scheduler, 1);
}

// Begins once; then every block's turn of this thread is another round.
static void start()
{
    for (;;)
    {
        body();
        fiber(place.thread).done = true;
        progress++;
        yield();
    }
}

static void resume(int thread)
{
    place.thread = thread;
    Fiber& own = fiber(thread);
    if (_setjmp(scheduler) != 0) return;
    if (own.started) _longjmp(own.at, 1);
    own.started = true;
    ucontext_t context;
    getcontext(&context);
    own.stack.resize(1 << 16);
    context.uc_stack.ss_sp = own.stack.data();
    context.uc_stack.ss_size = own.stack.size();
    context.uc_link = nullptr;
    makecontext(&context, start, 0);
    setcontext(&context);
}

// `count` blocks from `first` on: each goes as far as it gets without the others before the next one's turn.
static void run_blocks(int first, int count)
{
    if ((int)fibers.size() < count * place.threads) fibers.resize(count * place.threads);
    some_threads.assign(count, {});
    for (int i = 0; i < count * place.threads; i++)
    {
        fibers[i].done = false;
        fibers[i].barriers = fibers[i].first_barriers = fibers[i].warp_barriers = fibers[i].exchanges = 0;
    }

    for (int left = 1; left > 0;)
    {
        left = 0;
        long before = progress;
        for (int b = 0; b < count; b++)
        {
            slot = b;
            place.block = first + b;
            int mine;
            bool all = true;
            for (long seen = -1; seen != progress || !all;)
            {
                // When nobody has gone on, nobody is left out.
                all = !shuffled || seen == progress;
                seen = progress;
                mine = 0;
                bool out = false;
                for (int i = 0; i < place.threads; i++)
                {
                    int thread = reversed ? place.threads - 1 - i : i;
                    if (i % 32 == 0) out = !all && (chance() >> 8 & 1);
                    if (!out && !fiber(thread).done) resume(thread);
                    mine += fiber(thread).done ? 0 : 1;
                }
            }

            left += mine;
        }

        if (left > 0 && before == progress) { fprintf(stderr, "all blocks wait for each other\n"); abort(); }
    }
}

void block_barrier()
{
    int mine = ++fiber(place.thread).barriers;
    for (int i = 0; i < place.threads;)
    {
        if (fiber(i).done || fiber(i).barriers >= mine) i++;
        else yield();
    }

    progress++;
}

void first_threads_barrier(int threads)
{
    int mine = ++fiber(place.thread).first_barriers;
    for (int i = 0; i < threads;)
    {
        if (fiber(i).first_barriers >= mine) i++;
        else if (fiber(i).done) { fprintf(stderr, "one of the block's first threads is missing\n"); abort(); }
        else yield();
    }

    progress++;
}

void some_threads_barrier(int threads)
{
    SomeThreads& own = some_threads[slot];
    int before = own.times;
    if (++own.here == threads) own = { 0, before + 1 };
    progress++;
    while (some_threads[slot].times == before) yield();
}

void warp_barrier()
{
    int first = place.thread & ~31, mine = ++fiber(place.thread).warp_barriers;
    for (int i = first; i < first + 32;)
    {
        if (fiber(i).warp_barriers >= mine) i++;
        else if (fiber(i).done) { fprintf(stderr, "a warp's lanes have parted\n"); abort(); }
        else yield();
    }

    progress++;
}

void wait_for_others() { yield(); }
void has_written() { progress++; }

void exchange(const void* mine, int bytes, const void** all)
{
    Fiber& own = fiber(place.thread);
    int turn = own.exchanges++ & 1;
    memcpy(own.value[turn], mine, bytes);
    warp_barrier();
    for (int i = 0; i < 32; i++) all[i] = fiber((place.thread & ~31) + i).value[turn];
}

static std::vector<float> all_halves()
{
    std::vector<float> all(1 << 16);
    for (int h = 0; h < 1 << 16; h++)
    {
        int exponent = h >> 10 & 31, fraction = h & 1023;
        float f = exponent == 0 ? ldexpf(fraction, -24) : exponent == 31 ? (fraction ? NAN : INFINITY) : ldexpf(fraction + 1024, exponent - 25);
        all[h] = h & 0x8000 ? -f : f;
    }

    return all;
}

float from_half(uint16_t h)
{
    static const std::vector<float> all = all_halves();
    return all[h];
}

uint16_t to_half(float f)
{
    uint16_t sign = bits(f) >> 16 & 0x8000;
    float a = fabsf(f);
    if (a != a) return 0x7fff;
    if (a >= 65520) return sign | 0x7c00;
    int exponent;
    frexpf(a, &exponent);
    exponent = exponent < -13 ? -13 : exponent;
    int whole = (int)nearbyintf(ldexpf(a, 11 - exponent));
    if (whole == 2048) { whole = 1024; exponent++; }
    return sign | (whole < 1024 ? whole : (exponent + 14) << 10 | (whole - 1024));
}
}

void* emulated_shared() { return (void*)(((uintptr_t)emulated::shared[emulated::slot].data() + 255) / 256 * 256); }

namespace
{
struct Kernel
{
    const char* name;
    std::vector<int> sizes;
    std::function<void(void**)> call;
};

template <class... A, size_t... I> void call_with(void (*f)(A...), void** p, std::index_sequence<I...>) { f(*(A*)p[I]...); }

template <class... A> Kernel kernel(const char* name, void (*f)(A...))
{
    return { name, { (int)sizeof(A)... }, [f](void** p) { call_with(f, p, std::index_sequence_for<A...>()); } };
}

#define ENTRY(name) kernel(#name, name)
Kernel kernels[] = {
    ENTRY(decode_16), ENTRY(decode_64), ENTRY(decode_128), ENTRY(product_16),
    ENTRY(prefill_embed), ENTRY(prefill_round), ENTRY(prefill_matrix_2), ENTRY(prefill_matrix_8),
    ENTRY(int4_pack_64), ENTRY(int4_pack_128), ENTRY(int4_move), ENTRY(int4_attend_64), ENTRY(int4_attend_128), ENTRY(int4_pages_64), ENTRY(int4_pages_128), ENTRY(int4_decode_64), ENTRY(int4_decode_128),
    ENTRY(prefill_heads_16), ENTRY(prefill_heads_64), ENTRY(prefill_heads_128), ENTRY(prefill_attend_16), ENTRY(prefill_attend_64), ENTRY(prefill_attend_128),
    ENTRY(sample_candidates),
};

struct Launch
{
    Kernel* kernel;
    int blocks, blocks_y, threads, shared;
    bool together; // all blocks are on their way at once
    std::vector<char> arguments;

    void run()
    {
        std::vector<void*> p;
        char* at = arguments.data();
        for (int size : kernel->sizes) { p.push_back(at); at += (size + 7) / 8 * 8; }
        emulated::shared.assign(together ? blocks : 1, std::vector<char>(shared + 512, 0x55));
        emulated::body = [&] { kernel->call(p.data()); };
        for (int y = 0; y < blocks_y; y++)
        {
            emulated::place = { 0, threads, 0, y, blocks, blocks_y };
            if (together) emulated::run_blocks(0, blocks);
            else for (int x = 0; x < blocks; x++) emulated::run_blocks(x, 1);
        }

        // What a block has written behind the memory that it was given.
        for (emulated::slot = 0; emulated::slot < (int)emulated::shared.size(); emulated::slot++)
        {
            const std::vector<char>& memory = emulated::shared[emulated::slot];
            for (const char* p = (char*)emulated_shared() + shared; p < memory.data() + memory.size(); p++)
            {
                if (*p != 0x55) { fprintf(stderr, "%s writes behind its %d bytes of shared memory\n", kernel->name, shared); abort(); }
            }
        }
    }
};

// What was asked of a stream and not done yet. Whatever the others do, a stream that is lazy does nothing before somebody waits for it, and one that is
// not does all at once: what does not wait for what it needs finds it missing, and what it writes too early is read.
struct Stream
{
    std::deque<std::function<void()>> waiting;
    size_t done = 0;
    bool lazy = false;

    void ask(std::function<void()> what)
    {
        waiting.push_back(std::move(what));
        if (!lazy) run(done + waiting.size());
    }

    void run(size_t until)
    {
        while (done < until && !waiting.empty())
        {
            auto next = std::move(waiting.front());
            waiting.pop_front();
            done++;
            next();
        }
    }
};

struct Event
{
    Stream* stream = nullptr;
    size_t until = 0; // what the stream had been asked for when the event was recorded
};

const int InvalidValue = 1, LaunchFailed = 719;
std::vector<Stream*> streams;
int lazy_stream = -1; // of the device, in the order in which they were made
int launches_left = -1; // until one fails; below 0 none does
bool failed;
int processors = 4, shared_kilobytes = 100;

void finish()
{
    for (Stream* s : streams) s->run(s->done + s->waiting.size());
}
}

#define API extern "C" __attribute__((visibility("default"))) int

API cuInit(unsigned) { return 0; }
API cuDriverGetVersion(int* v) { *v = 12040; return 0; }
API cuDeviceGetCount(int* n) { *n = 1; return 0; }
API cuDeviceGet(int* d, int) { *d = 0; return 0; }
API cuDeviceGetName(char* name, int n, int) { snprintf(name, n, "emulated"); return 0; }
API cuDeviceTotalMem_v2(size_t* n, int) { *n = (size_t)4 << 30; return 0; }
API cuDeviceGetAttribute(int* v, int attribute, int)
{
    *v = attribute == 75 ? 8 : attribute == 76 ? 0 : attribute == 16 ? processors : attribute == 97 ? shared_kilobytes << 10 : 0;
    return 0;
}
API cuDevicePrimaryCtxRetain(void** c, int) { *c = (void*)1; return 0; }
API cuDevicePrimaryCtxRelease_v2(int) { return 0; }
API cuMemGetInfo_v2(size_t* free_, size_t* total) { *free_ = *total = (size_t)4 << 30; return 0; }
API cuCtxSetCurrent(void*) { return failed ? LaunchFailed : 0; }
API cuModuleLoadDataEx(void** m, const void*, unsigned, void*, void*) { *m = (void*)1; return 0; }
API cuModuleUnload(void*) { return 0; }
API cuModuleGetFunction(void** f, void*, const char* name)
{
    for (Kernel& k : kernels)
    {
        if (std::string(k.name) == name) { *f = &k; return 0; }
    }

    return 500;
}
API cuFuncSetAttribute(void*, int, int) { return 0; }
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* n, void*, int, size_t) { *n = 2; return 0; }
API cuMemAlloc_v2(void** p, size_t n)
{
    if (failed) return LaunchFailed;
    *p = aligned_alloc(256, (n + 255) / 256 * 256);
    memset(*p, 0xA5, n);
    return *p ? 0 : 2;
}
API cuMemFree_v2(void* p) { finish(); free(p); return 0; }
API cuMemHostAlloc(void** p, size_t n, unsigned) { *p = calloc(1, n); return 0; }
API cuMemHostGetDevicePointer_v2(void** d, void* p, unsigned) { *d = p; return 0; }
API cuMemFreeHost(void* p) { free(p); return 0; }
API cuMemcpyHtoDAsync_v2(void* to, const void* from, size_t n, void* s) { ((Stream*)s)->ask([=] { memcpy(to, from, n); }); return failed ? LaunchFailed : 0; }
API cuMemcpyDtoHAsync_v2(void* to, const void* from, size_t n, void* s) { ((Stream*)s)->ask([=] { memcpy(to, from, n); }); return failed ? LaunchFailed : 0; }
API cuMemcpyDtoDAsync_v2(void* to, const void* from, size_t n, void* s) { ((Stream*)s)->ask([=] { memmove(to, from, n); }); return failed ? LaunchFailed : 0; }
API cuMemsetD8Async(void* p, unsigned char v, size_t n, void* s) { ((Stream*)s)->ask([=] { memset(p, v, n); }); return failed ? LaunchFailed : 0; }
API cuStreamCreate(void** s, unsigned)
{
    Stream* made = new Stream;
    made->lazy = lazy_stream == (int)streams.size();
    streams.push_back(made);
    *s = made;
    return 0;
}
API cuStreamDestroy_v2(void* s)
{
    Stream* stream = (Stream*)s;
    stream->run(stream->done + stream->waiting.size());
    streams.erase(std::find(streams.begin(), streams.end(), stream));
    return 0; // not deleted: an event may still name it
}
API cuStreamSynchronize(void* s)
{
    Stream* stream = (Stream*)s;
    stream->run(stream->done + stream->waiting.size());
    return failed ? LaunchFailed : 0;
}
API cuEventCreate(void** e, unsigned) { *e = new Event; return 0; }
API cuEventDestroy_v2(void* e) { delete (Event*)e; return 0; }
API cuEventRecord(void* e, void* s)
{
    Stream* stream = (Stream*)s;
    *(Event*)e = { stream, stream->done + stream->waiting.size() };
    return 0;
}
API cuStreamWaitEvent(void* s, void* e, unsigned)
{
    Event event = *(Event*)e; // as it was recorded last, whatever becomes of it
    if (event.stream && event.stream != s) ((Stream*)s)->ask([=] { event.stream->run(event.until); });
    return 0;
}
API cuEventElapsedTime(float* ms, void*, void*) { *ms = 1; return 0; }

// Which of the streams that are made from now on is lazy; below 0 for none.
API emulation_lazy_stream(int stream) { lazy_stream = stream; return 0; }

// What devices that are opened from now on have.
API emulation_processors(int n) { processors = n; return 0; }
API emulation_shared_kilobytes(int n) { shared_kilobytes = n; return 0; }

// Has the n-th launch from now on fail and, as on a device, everything behind it; below 0 for none.
API emulation_fail_launch(int n) { launches_left = n; failed = false; return 0; }

static int launch_blocks(void* function, unsigned x, unsigned y, unsigned z, unsigned bx, unsigned by, unsigned bz, unsigned shared, bool together, void* stream, void** parameters)
{
    Launch launch = { (Kernel*)function, (int)x, (int)y, (int)bx, (int)shared, together, {} };
    if (x == 0 || y == 0 || z != 1 || bx == 0 || bx % 32 != 0 || bx > 1024 || by != 1 || bz != 1) return InvalidValue;
    for (size_t i = 0; i < launch.kernel->sizes.size(); i++)
    {
        int size = launch.kernel->sizes[i];
        size_t at = launch.arguments.size();
        launch.arguments.resize(at + (size + 7) / 8 * 8);
        memcpy(launch.arguments.data() + at, parameters[i], size);
    }

    failed = failed || (launches_left >= 0 && launches_left-- == 0);
    if (failed) return LaunchFailed;
    ((Stream*)stream)->ask([launch]() mutable { launch.run(); });
    return 0;
}

API cuLaunchKernel(void* function, unsigned x, unsigned y, unsigned z, unsigned bx, unsigned by, unsigned bz, unsigned shared, void* stream, void** parameters, void**)
{
    return launch_blocks(function, x, y, z, bx, by, bz, shared, false, stream, parameters);
}

API cuLaunchCooperativeKernel(void* function, unsigned x, unsigned y, unsigned z, unsigned bx, unsigned by, unsigned bz, unsigned shared, void* stream, void** parameters)
{
    return launch_blocks(function, x, y, z, bx, by, bz, shared, true, stream, parameters);
}

API cuGetErrorName(int, const char** s) { *s = "CUDA_ERROR_EMULATED"; return 0; }
