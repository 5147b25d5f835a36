using Tritter.Inference.Model;
using Tritter.Torch.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Cuda;

/// <summary>Devices as they are named on the command line: cpu, cuda, cuda:1, or several with commas between.</summary>
public static class Devices
{
    /// <param name="names">What was given.</param>
    /// <param name="count">So many of one kind, from the first on; 1 when the names say all.</param>
    /// <exception cref="InvalidDataException">A name is no device, or there are fewer than asked for.</exception>
    public static Device[] Parse(string names, int count)
    {
        string[] each = names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (count > 1)
        {
            each = each.Length == 1 && !each[0].Contains(':', StringComparison.Ordinal)
                ? [.. Enumerable.Range(0, count).Select(i => each[0] == "cpu" ? "cpu" : $"{each[0]}:{i}")]
                : throw new InvalidDataException("give either --devices or several names in --device");
        }

        (string Kind, int Index)[] found = [.. each.Select(One)];
        if (found.Length == 0 || found.Any(f => f.Kind != found[0].Kind))
        {
            throw new InvalidDataException($"--device {names}: names devices of one kind, as in cuda:0,cuda:1");
        }

        if (found[0].Kind == "cuda")
        {
            InitializeDevice(new Device("cuda"));
            if (found.Max(f => f.Index) >= cuda.device_count())
            {
                throw new InvalidDataException($"--device {names}: this machine has {cuda.device_count()} CUDA devices");
            }
        }

        return [.. found.Select(f => f.Kind == "cpu" ? CPU : new Device($"cuda:{f.Index}"))];
    }

    /// <summary>The kernels of each device: our own on CUDA, unless the plain formulas are asked for.</summary>
    public static IKernels[] Kernels(ModelConfig config, IReadOnlyList<Device> devices, ScalarType type, bool eager) =>
        [.. devices.Select(device => device.type == TorchSharp.DeviceType.CUDA && !eager ? new CudaKernels(config, device.index) : (IKernels)new EagerKernels(config, type))];

    private static (string Kind, int Index) One(string name)
    {
        string[] parts = name.Split(':');
        int index = 0;
        return parts[0] is "cpu" or "cuda" && parts.Length <= 2 && (parts.Length == 1 || (int.TryParse(parts[1], out index) && index >= 0))
            ? (parts[0], index)
            : throw new InvalidDataException($"--device {name}: must be cpu, cuda or cuda:NUMBER");
    }
}
