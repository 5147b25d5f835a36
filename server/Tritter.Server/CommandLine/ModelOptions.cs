using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tritter.Inference;
using Tritter.Inference.Cuda;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Server.Models;
using Tritter.Server.Replays;

namespace Tritter.Server.CommandLine;

/// <summary>The options that several commands share.</summary>
internal static class ModelOptions
{
    public static Option<string?> Model() => new("--model", "-m")
    {
        Description = $"Model: a folder, a GGUF file, or a name that 'tritter model add' gave. Default: ${ModelDirectory.EnvironmentVariable}, then {ModelDirectory.DefaultName} beside the program or in a folder above it.",
        HelpName = "MODEL",
    };

    public static Option<string?> Adapter() => new("--adapter")
    {
        Description = "Folder with an adapter of the model (adapter_config.json, adapter_model.safetensors), as 'tritter-train finetune' makes it.",
        HelpName = "DIR",
    };

    /// <summary>Loads a model and, when it is named, has an adapter take part in every session.</summary>
    /// <param name="positions">Tokens whose keys and values are to be held beside what is usual.</param>
    /// <exception cref="CommandFailure">The device was named and cannot be used.</exception>
    public static InferenceEngine Load(string directory, int threads, string? adapter, KvPrecision precision, int positions = 0, ComputeDevice device = ComputeDevice.Cpu, long? memoryBudget = null, GpuMemory? gpuMemory = null)
    {
        long kvBudget = InferenceEngine.DefaultKvBudget + (positions > 0 ? ModelInfo.Load(directory).KvBytes(positions, precision) : 0);
        InferenceEngine engine = OnDevice(() => InferenceEngine.Load(directory, threads, precision, kvBudget, device: device, memoryBudget: memoryBudget, gpuMemory: gpuMemory));
        try
        {
            engine.Adapter = adapter is null ? null : engine.LoadAdapter(adapter);
            return engine;
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    public static Option<ComputeDevice> Device(ComputeDevice standard = ComputeDevice.Auto)
    {
        var option = new Option<ComputeDevice>("--device")
        {
            Description = "Where to compute: cpu, cuda (an NVIDIA card, compute capability 8.0 or more), or auto: the card where one can be used, else the processor.",
            HelpName = "DEVICE",
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                string token = result.Tokens[0].Value;
                if (DeviceNames.Parse(token) is { } device)
                {
                    return device;
                }

                result.AddError($"--device takes auto, cpu or cuda, not '{token}'.");
                return standard;
            },
        };
        return option;
    }

    public static Option<double?> MemoryBudget() => Gigabytes(
        "--memory-budget-gb",
        "Memory for the model's ternary weights, in units of 10^9 bytes. Layers beyond it stay in the model's file and are read whenever they are computed, by the processor; the results are the same. Default: 80 % of the memory that is available.");

    public static Option<double?> GpuMemoryBudget() => Gigabytes(
        "--gpu-memory-budget-gb",
        "Memory of the graphics card that the model may take without keys and values, in units of 10^9 bytes. Layers beyond it come from the host's memory whenever they are computed; the results are the same. Default: what is free.");

    public static Option<int?> LayerGroup()
    {
        var option = new Option<int?>("--layer-group-size")
        {
            Description = "Layers that come to the graphics card together where not all fit, 1 to 16. Default: as many as make 100 MB, 4 at most.",
            HelpName = "N",
            CustomParser = result => Parse(result, "--layer-group-size", 1, 16),
        };
        return option;
    }

    /// <summary>Bytes that <see cref="MemoryBudget"/> or <see cref="GpuMemoryBudget"/> names; null when it was not given.</summary>
    public static long? Bytes(double? gigabytes) => gigabytes is { } g ? (long)(g * 1e9) : null;

    public static Option<KvPrecision> Kv() => new("--kv")
    {
        Description = "Keys and values: int8, or int4 for what lies behind the last 64 tokens or more in full-attention layers, which takes half the memory in long texts.",
        HelpName = "PRECISION",
        DefaultValueFactory = _ => KvPrecision.Int8,
        CustomParser = result =>
        {
            string token = result.Tokens[0].Value;
            if (token is not ("int8" or "int4"))
            {
                result.AddError($"--kv takes int8 or int4, not '{token}'.");
            }

            return token == "int4" ? KvPrecision.Int4 : KvPrecision.Int8;
        },
    };

    /// <summary>Where to compute when something works on the processor alone.</summary>
    /// <param name="only">The option that does; null for none.</param>
    /// <exception cref="CommandFailure">The card was asked for.</exception>
    public static ComputeDevice Allowed(ComputeDevice device, string? only) => only is null ? device
        : device != ComputeDevice.Cuda ? ComputeDevice.Cpu
        : throw new CommandFailure($"{only} works on the processor alone so far: leave it or --device cuda out");

    /// <summary>Says on standard error where an engine computes and why, unless the processor was asked for, and when a card fails later.</summary>
    public static void SayDevice(InferenceEngine engine, ComputeDevice wanted, CommandOutput output)
    {
        engine.DeviceFailed = Say;
        if (wanted != ComputeDevice.Cpu)
        {
            Say(engine.Device);
        }

        void Say(string device) => output.Error.WriteLine($"tritter: computing on {device}");
    }

    /// <summary>Makes something that computes on a device.</summary>
    /// <exception cref="CommandFailure">The device cannot be used.</exception>
    public static T OnDevice<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (CudaException e)
        {
            throw new CommandFailure(e.Message);
        }
    }

    public static Option<int> Threads() => Whole("--threads", "Worker threads; 0 takes one for each processor.", 0, 0, 1024);

    public static Option<string?> Record() => new("--record")
    {
        Description = "Append each completion, with the source code it is about, to a file that 'tritter replay' can repeat.",
        HelpName = "FILE",
    };

    /// <summary>The file that <see cref="Record"/> names; null when it was not given.</summary>
    /// <exception cref="CommandFailure">Nothing can be appended to it.</exception>
    public static ReplayWriter? OpenRecord(string? path)
    {
        try
        {
            return path is null ? null : new ReplayWriter(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandFailure($"--record {path} cannot be used: {e.Message}");
        }
    }

    /// <summary>A whole-number option that refuses values outside <paramref name="min"/> to <paramref name="max"/>.</summary>
    public static Option<int> Whole(string name, string description, int value, int min, int max)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => value,
            CustomParser = result => Parse(result, name, min, max),
        };
        return option;
    }

    private static Option<double?> Gigabytes(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "GB",
        CustomParser = result =>
        {
            string token = result.Tokens[0].Value;
            if (!double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out double gigabytes) || gigabytes is not (>= 0 and <= 1e6))
            {
                result.AddError($"{name} takes a number from 0 up, not '{token}'.");
            }

            return gigabytes;
        },
    };

    private static int Parse(ArgumentResult result, string name, int min, int max)
    {
        string token = result.Tokens[0].Value;
        if (!int.TryParse(token, out int number) || number < min || number > max)
        {
            result.AddError($"{name} takes a whole number from {min} to {max}, not '{token}'.");
        }

        return number;
    }
}
