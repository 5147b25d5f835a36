using System.Security.Cryptography;
using System.Text;
using Tritter.Inference.Cuda;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Cuda;

public sealed class CudaKernelsTests
{
    [Fact]
    public void The_committed_PTX_is_of_these_sources()
    {
        string folder = Path.Combine(Checkout.Root, "Tritter.Inference", "Cuda", "Kernels");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.GetFiles(folder).Where(f => Path.GetExtension(f) is ".cu" or ".h").Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\n"));
            hash.AppendData(Encoding.UTF8.GetBytes(File.ReadAllText(file).ReplaceLineEndings("\n")));
        }

        string expected = $"// sources {Convert.ToHexStringLower(hash.GetHashAndReset())}";
        foreach (string file in new[] { CudaKernels.Main, CudaKernels.Int4 })
        {
            Assert.True(Encoding.ASCII.GetString(CudaKernels.Ptx(file)).StartsWith(expected, StringComparison.Ordinal), "the kernels changed: run 'npm run cuda-kernels'");
        }
    }

    [Fact]
    public void Without_a_driver_the_processor_computes_and_says_why()
    {
        using TritterModel model = TritterModel.Load(Repository.Fixture("tritter-tiny"));
        CudaModel.TinyHeads = true;

        using ChosenDevice chosen = ChosenDevice.For(model, ComputeDevice.Auto, new GpuMemory { Driver = "no-such-driver.so" });

        Assert.Equal("processor: no NVIDIA driver is installed (no-such-driver.so not found)", chosen.Line);
        Assert.Null(chosen.Model);
        Assert.Throws<CudaException>(() => ChosenDevice.For(model, ComputeDevice.Cuda, new GpuMemory { Driver = "no-such-driver.so" }));
    }

    [Fact]
    public void A_model_of_another_form_is_computed_on_the_processor()
    {
        using TritterModel model = TritterModel.Load(Repository.Fixture("original-tiny"));
        using ChosenDevice chosen = ChosenDevice.For(model, ComputeDevice.Auto);

        Assert.Equal("processor: models of the Original form run on the processor alone so far", chosen.Line);
    }
}
