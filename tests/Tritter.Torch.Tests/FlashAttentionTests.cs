using Tritter.Torch.Cuda;
using Tritter.Torch.Native;

namespace Tritter.Torch.Tests;

public sealed class FlashAttentionTests
{
    [Fact]
    public void The_script_names_operations_that_this_libtorch_has()
    {
        TorchLibraries.Load();
        Assert.NotNull(new FlashAttention(0.125));
    }
}
