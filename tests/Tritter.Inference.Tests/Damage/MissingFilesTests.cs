using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Damage;

public sealed class MissingFilesTests
{
    [Fact]
    public void The_small_model_that_these_tests_damage_loads_and_runs()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        using InferenceEngine engine = InferenceEngine.Load(folder.Root, 1);
        using Inference.Generation.Session session = engine.OpenSession(16);
        session.Read(engine.Tokenizer.Encode("ab abc").ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal([260, 2 + 32, 259], [engine.Tokenizer.Encode(" ab")[0], engine.Tokenizer.Encode(" ")[0], engine.Tokenizer.Encode("abc")[0]]);
        Assert.Equal([0, 5], engine.Defaults.StopTokens.Order());
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        string folder = Path.Combine(Path.GetTempPath(), "tritter-test-that-does-not-exist");
        Refused.Check(folder, "no such model folder", () => InferenceEngine.Load(folder, 1).Dispose());
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    public void A_missing_file_is_named(string name)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        string path = Path.Combine(folder.Root, name);
        File.Delete(path);
        Refused.Check(path, "cannot be read", () => InferenceEngine.Load(folder.Root, 1).Dispose());
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    public void A_folder_in_the_place_of_a_file_is_named(string name)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        string path = Path.Combine(folder.Root, name);
        File.Delete(path);
        Directory.CreateDirectory(path);
        Refused.Check(path, "cannot be read", () => InferenceEngine.Load(folder.Root, 1).Dispose());
    }

    [Fact]
    public void Without_a_generation_configuration_the_text_ends_where_the_configuration_says()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        File.Delete(folder.GenerationConfig);
        using InferenceEngine engine = InferenceEngine.Load(folder.Root, 1);
        Assert.Equal([0], engine.Defaults.StopTokens);
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("generation_config.json")]
    public void A_damaged_small_file_is_an_error_of_the_engine(string name)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        string path = Path.Combine(folder.Root, name);
        File.WriteAllText(path, """{"model": {"type": "WordPiece"}, "eos_token_id": {}}""");
        Refused.Check(path, "expected", () => InferenceEngine.Load(folder.Root, 1).Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(4097)]
    public void A_session_has_room_for_one_token_up_to_the_models_positions(int capacity)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        using InferenceEngine engine = InferenceEngine.Load(folder.Root, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.OpenSession(capacity));
    }

    [Fact]
    public void What_a_folder_costs_is_known_without_its_weights_being_sound()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        File.WriteAllBytes(folder.Weights, new byte[123]);
        ModelInfo info = ModelInfo.Load(folder.Root);
        Assert.Equal(123, info.WeightsBytes);
        File.Delete(folder.Weights);
        Refused.Check(folder.Weights, "missing", () => ModelInfo.Load(folder.Root));
    }
}
