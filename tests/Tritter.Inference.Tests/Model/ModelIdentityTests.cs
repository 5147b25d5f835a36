using Tritter.Inference.Model;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Inference.Tests.Model;

public sealed class ModelIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = TemporaryFolder.WithModel();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_files_are_the_same_model_whatever_their_folder_is_called()
    {
        using TemporaryFolder other = TemporaryFolder.WithModel();

        Assert.Null(ModelIdentity.Of(_folder.Root).DifferenceFrom(ModelIdentity.Of(other.Root)));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("config.json")]
    [InlineData("generation_config.json")]
    public void One_other_byte_in_any_file_is_another_model(string name)
    {
        ModelIdentity before = ModelIdentity.Of(_folder.Root);
        File.AppendAllText(Path.Combine(_folder.Root, name), " ");

        Assert.Matches($"^{name} with SHA-256 [0-9a-f]{{16}}… instead of [0-9a-f]{{16}}…$", ModelIdentity.Of(_folder.Root).DifferenceFrom(before));
    }

    [Fact]
    public void Only_the_generation_config_may_be_missing()
    {
        ModelIdentity before = ModelIdentity.Of(_folder.Root);
        File.Delete(_folder.GenerationConfig);
        Assert.StartsWith("generation_config.json with SHA-256 none instead of ", ModelIdentity.Of(_folder.Root).DifferenceFrom(before));

        File.Delete(_folder.Tokenizer);
        Assert.Equal(_folder.Tokenizer, Assert.Throws<ModelFormatException>(() => ModelIdentity.Of(_folder.Root)).File);
    }

    [Fact]
    public void The_hash_is_the_one_that_sha256sum_prints()
    {
        File.WriteAllText(_folder.Config, "abc");

        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ModelIdentity.Of(_folder.Root).Config);
    }
}
