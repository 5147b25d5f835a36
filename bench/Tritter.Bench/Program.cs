using Tritter.Bench;
using Tritter.Inference.KvCache;

// Speed is measured by `tritter bench`; here stands what only Tritter's own developers ask.
// Usage: dotnet run -c Release --project bench/Tritter.Bench -- COMMAND...
switch (args)
{
    case ["layouts", var model, var count, .. var sources] when sources.Length > 0:
        LayoutComparison.Run(model, int.Parse(count), sources, Console.Out);
        return 0;
    case ["speculation", var model, var count, .. var sources] when sources.Length > 0:
        Speculation.Run(model, int.Parse(count), sources, Console.Out);
        return 0;
    case ["first-token", var threads, var rounds]:
        FirstToken.Run(int.Parse(threads), int.Parse(rounds), Console.Out);
        return 0;
    case ["keystrokes", var model, var count, .. var sources] when sources.Length > 0:
        Keystrokes.Run(model, int.Parse(count), sources, Console.Out);
        return 0;
    case ["products"]:
        ProductLimit.Run(Console.Out);
        return 0;
    case ["gate", var root, var count]:
        GateRejections.Run(root, int.Parse(count), Console.Out);
        return 0;
    case ["syntax-gate", var root, var count]:
        SyntaxGateRejections.Run(root, int.Parse(count), Console.Out);
        return 0;
    case ["index", var root]:
        Indexing.Run(root, Console.Out);
        return 0;
    case ["memory", var model]:
        MemoryUse.Run(model, Console.Out);
        return 0;
    case ["requests", var model, var count, .. var sources] when sources.Length > 0:
        ManyRequests.Run(model, int.Parse(count), sources, Console.Out);
        return 0;
    case ["long", var model, var positions]:
        LongContext.Run(model, int.Parse(positions), cancels: 0, file: null, Console.Out);
        return 0;
    case ["cancel", var model, var positions, .. var file] when file.Length <= 1:
        LongContext.Run(model, int.Parse(positions), cancels: 50, file.FirstOrDefault(), Console.Out);
        return 0;
    case ["text", var model, var positions, var file, .. var sources] when sources.Length > 0:
        LongText.Run(model, int.Parse(positions), file, sources, Console.Out);
        return 0;
    case ["random-model", var folder, var shape]:
        LargeModel.Write(folder, shape, Console.Out);
        return 0;
    case ["budget", var model, .. var gigabytes] when gigabytes.Length <= 1:
        LargeModel.Run(model, gigabytes.Length == 0 ? null : double.Parse(gigabytes[0], System.Globalization.CultureInfo.InvariantCulture), Console.Out);
        return 0;
    case ["kv", var model, var cases, var positions, .. var sources] when sources.Length > 0:
        KvPrecisions.Run(model, cases, int.Parse(positions), sources, Console.Out);
        return 0;
    case ["cuda", var what, .. var cases, "--kv", "int4"] when cases.Length <= 1:
        CudaSpeed.Run(what, cases.FirstOrDefault(), KvPrecision.Int4, Console.Out);
        return 0;
    case ["cuda", var what, .. var cases] when cases.Length <= 1:
        CudaSpeed.Run(what, cases.FirstOrDefault(), KvPrecision.Int8, Console.Out);
        return 0;
    case ["cuda-stream", var shape, var gigabytes, .. var group] when group.Length <= 1:
        CudaStreaming.Run(shape, double.Parse(gigabytes, System.Globalization.CultureInfo.InvariantCulture), group.Length == 0 ? null : int.Parse(group[0]), Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: layouts MODEL COUNT FILE_OR_DIR...    which prompt layout completes better
                   speculation MODEL COUNT FILE_OR_DIR... what guessing ahead brings
                   first-token THREADS ROUNDS            time to the first token, for bench/first-token.mjs
                   keystrokes MODEL COUNT FILE_OR_DIR... what a keystroke costs when the 3,000 tokens before it are cached
                   products                              how near ternary products come to what a core can multiply
                   gate DIR COUNT                        how often the semantic gate rejects what a C# repository itself says, and its time
                   syntax-gate DIR COUNT                 the same for Python, Rust, TypeScript and JavaScript, and the time for a file of 1,000 lines
                   index DIR                             time, memory and size of an index of a repository, and what a save and a search cost
                   memory MODEL                          resident memory after loading, at 4K and at 32K tokens
                   requests MODEL COUNT FILE_OR_DIR...   allocations and memory of many completions while somebody types
                   long MODEL POSITIONS                  prefill of a long prompt, by stretches and kinds of layer
                   cancel MODEL POSITIONS [FILE]         the same, then how soon reading on stops when it is cancelled; FILE keeps what was read
                   text MODEL POSITIONS FILE FILE_OR_DIR...  reading, decoding, editing and saving a long text of sources; again, going on from FILE
                   random-model DIR SHAPE                writes a model of random weights: 100m, 2b or 7b
                   budget MODEL [GB]                     memory, speed and a checksum of logits when ternary weights may take so much
                   kv MODEL CASES.json N FILE_OR_DIR...  what int8 and int4 keys and values do to logits, in prompts and in a text of N tokens
                   cuda MODEL|7b [CASES.json] [--kv int4]  logits of an NVIDIA card beside the processor's, speed, memory, and the time of each kernel
                   cuda-stream 100m|7b|70b GB [N]        decoding when layers beyond GB of a card come from host memory, in groups of N; 0 streams all of them
            """);
        return 2;
}
