using Tritter.Inference.Generation;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Damage;

/// <summary>config.json and generation_config.json with values that are wrong, absent or meant to harm.</summary>
public sealed class ConfigTests
{
    /// <summary>Key, JSON value (null: absent), what the error says besides the key.</summary>
    public static TheoryData<string, string?, string> BadValues => new()
    {
        { "model_type", null, "expected 'tritter', found nothing" },
        { "model_type", "\"llama\"", "expected 'tritter', found \"llama\"" },
        { "model_type", "7", "expected 'tritter', found 7" },
        { "model_type", "\"\\ud800\"", "expected 'tritter'" },
        { "hidden_act", "\"silu\"", "expected 'relu2', found \"silu\"" },
        { "hidden_act", null, "expected 'relu2', found nothing" },
        { "mlp_type", "\"plain\"", "expected 'gated'" },
        { "norm_type", "\"rmsnorm\"", "expected 'layernorm'" },
        { "rope_style", "\"interleaved\"", "expected 'rotate_half'" },
        { "attention_bias", "true", "expected false, found true" },
        { "qk_norm", "false", "expected true, found false" },
        { "qk_norm", "\"true\"", "expected true, found \"true\"" },
        { "tie_word_embeddings", "false", "expected true, found false" },
        { "activation_bits", "4", "expected 8, found 4" },
        { "hidden_size", null, "is missing" },
        { "hidden_size", "-64", "from 4 to 65536, found -64" },
        { "hidden_size", "0", "found 0" },
        { "hidden_size", "66", "multiple of 4, found 66" },
        { "hidden_size", "2147483648", "found 2147483648" },
        { "hidden_size", "1e999", "found 1e999" },
        { "hidden_size", "64.5", "found 64.5" },
        { "hidden_size", "\"64\"", "found \"64\"" },
        { "hidden_size", "[64]", "found [64]" },
        { "hidden_size", "null", "found null" },
        { "num_hidden_layers", "0", "from 1 to 1024, found 0" },
        { "num_hidden_layers", "1000000000", "found 1000000000" },
        { "num_attention_heads", "-1", "found -1" },
        { "num_key_value_heads", "3", "divisor of num_attention_heads (4), found 3" },
        { "num_key_value_heads", "8", "from 1 to 4, found 8" },
        { "head_dim", "15", "even number|found 15" },
        { "head_dim", "0", "found 0" },
        { "intermediate_size", "1", "found 1" },
        { "intermediate_size", "161", "multiple of 4, found 161" },
        { "intermediate_size", "262148", "found 262148" },
        { "vocab_size", "0", "found 0" },
        { "vocab_size", "4194305", "found 4194305" },
        { "layer_norm_eps", "0", "found 0" },
        { "layer_norm_eps", "-1e-5", "found -1e-5" },
        { "layer_norm_eps", "\"small\"", "found \"small\"" },
        { "rope_theta", "1e999", "found 1e999" },
        { "rope_theta", "-10000", "found -10000" },
        { "attention_scale", "0", "found 0" },
        { "max_position_embeddings", "0", "found 0" },
        { "max_position_embeddings", "1000000000", "found 1000000000" },
        { "sliding_window", null, "is missing" },
        { "sliding_window", "0", "found 0" },
        { "sliding_window", "-8", "found -8" },
        { "layer_types", "[\"full_attention\"]", "expected 4 entries (num_hidden_layers), found 1" },
        { "layer_types", "[]", "found 0" },
        { "layer_types", "[1, 2, 3, 4]", "array of strings" },
        { "layer_types", "\"full_attention\"", "expected an array, found \"full_attention\"" },
        { "layer_types", "[\"full_attention\", \"full_attention\", \"linear\\n\", \"full_attention\"]", "for layer 2, found 'linear?'" },
        { "layer_types", "[\"full_attention\", \"full_attention\", \"full_attention\", \"\\ud800\"]", "array of strings" },
        { "no_rope_layers", "[4]", "from 0 to 3" },
        { "no_rope_layers", "[-1]", "from 0 to 3" },
        { "no_rope_layers", "[0.5]", "whole numbers" },
        { "no_rope_layers", "3", "expected an array, found 3" },
        { "eos_token_id", "512", "from -1 to 511, found 512" },
        { "fim_prefix_token_id", "-2", "found -2" },
        { "fim_prefix_token_id", "\"<|fim_prefix|>\"", "found \"<|fim_prefix|>\"" },
    };

    /// <summary>Valid by themselves, but the weights have other shapes.</summary>
    public static TheoryData<string, string, string> ValuesForOtherWeights => new()
    {
        { "vocab_size", "1024", "'model.embed_tokens.|found" },
        { "vocab_size", "4194304", "'model.embed_tokens.|found" },
        { "hidden_size", "65536", "found" },
        { "hidden_size", "128", "found" },
        { "intermediate_size", "262144", "found" },
        { "head_dim", "1024", "found" },
        { "head_dim", "32", "found" },
        { "num_key_value_heads", "4", "k_proj|found" },
    };

    [Theory]
    [MemberData(nameof(BadValues))]
    public void A_bad_value_is_refused(string key, string? value, string expected)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TemporaryFolder.Change(folder.Config, key, value);
        Refused.Check(folder.Config, $"{key}|{expected}", () => TritterModel.Load(folder.Root).Dispose());
    }

    [Theory]
    [MemberData(nameof(ValuesForOtherWeights))]
    public void A_value_that_the_weights_contradict_is_refused(string key, string value, string expected)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TemporaryFolder.Change(folder.Config, key, value);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused.Check(folder.Weights, $"expected|{expected}", () => TritterModel.Load(folder.Root).Dispose());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void More_layers_than_the_weights_have_are_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TemporaryFolder.Change(folder.Config, "layer_types", null);
        TemporaryFolder.Change(folder.Config, "num_hidden_layers", "1024");
        Refused.Check(folder.Weights, "'model.layers.|is missing", () => TritterModel.Load(folder.Root).Dispose());
    }

    [Fact]
    public void Fewer_layers_than_the_weights_have_are_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TemporaryFolder.Change(folder.Config, "layer_types", null);
        TemporaryFolder.Change(folder.Config, "num_hidden_layers", "3");
        TemporaryFolder.Change(folder.Config, "no_rope_layers", "[]");
        Refused.Check(folder.Weights, "'model.layers.3.|3 layers", () => TritterModel.Load(folder.Root).Dispose());
    }

    [Fact]
    public void More_heads_than_fit_the_hidden_size_need_a_head_dim()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TemporaryFolder.Change(folder.Config, "head_dim", null);
        TemporaryFolder.Change(folder.Config, "num_attention_heads", "1024");
        Refused.Check(folder.Config, "head_dim", () => TritterModel.Load(folder.Root).Dispose());
    }

    [Theory]
    [InlineData("layer_types")]
    [InlineData("no_rope_layers")]
    [InlineData("num_key_value_heads")]
    [InlineData("head_dim")]
    [InlineData("layer_norm_eps")]
    [InlineData("rope_theta")]
    [InlineData("attention_scale")]
    [InlineData("max_position_embeddings")]
    [InlineData("eos_token_id")]
    public void An_optional_key_may_be_null_as_if_absent(string key)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TemporaryFolder.Change(folder.Config, key, null);
        ModelConfig absent = ModelConfig.Load(folder.Config);
        TemporaryFolder.Change(folder.Config, key, "null");
        ModelConfig isNull = ModelConfig.Load(folder.Config);
        Assert.Equal(absent.Layers, isNull.Layers);
        Assert.Equal(absent with { Layers = isNull.Layers }, isNull);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "expected a JSON object, found Array")]
    [InlineData("null", "expected a JSON object, found Null")]
    [InlineData("{\"model_type\": \"tritter\"\n\n, x}", "not valid JSON")]
    public void A_file_that_is_no_json_object_is_refused(string text, string expected)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        File.WriteAllText(folder.Config, text);
        Refused.Check(folder.Config, expected, () => ModelConfig.Load(folder.Config));
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TemporaryFolder.Change(folder.Config, "extra", new string('[', 100_000) + new string(']', 100_000));
        Refused.Check(folder.Config, "not valid JSON", () => ModelConfig.Load(folder.Config));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        File.WriteAllBytes(folder.Config, [.. "{\"model_type\": \""u8, 0xFF, 0xC0, .. "\"}"u8]);
        Refused.Check(folder.Config, "", () => ModelConfig.Load(folder.Config));
    }

    [Fact]
    public void A_huge_file_is_refused_unread()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        using (FileStream file = File.OpenWrite(folder.Config))
        {
            file.SetLength(1L << 33);
        }

        Refused.Check(folder.Config, "at most 16777216 bytes, found 8589934592", () => ModelConfig.Load(folder.Config));
    }

    /// <summary>generation_config.json.</summary>
    [Theory]
    [InlineData("""{"eos_token_id": 512}""", "eos_token_id: |from 0 to 511")]
    [InlineData("""{"eos_token_id": [0, -1]}""", "eos_token_id: |from 0 to 511")]
    [InlineData("""{"eos_token_id": 1e99}""", "eos_token_id: |found 1e99")]
    [InlineData("""{"eos_token_id": "0"}""", "eos_token_id: |expected an array|found \"0\"")]
    [InlineData("""{"stop_token_ids": {"a": 1}}""", "stop_token_ids: |expected an array")]
    [InlineData("""{"stop_token_ids": [1.5]}""", "stop_token_ids: |whole numbers")]
    [InlineData("""{"stop_token_ids": ["\ud800"]}""", "stop_token_ids: |whole numbers")]
    [InlineData("""{"rounding": "vq"}""", "rounding: |expected 'knn'|found \"vq\"")]
    [InlineData("""{"rounding": "knn", "rounding_metric": "l1"}""", "rounding_metric: |expected 'cosine'|found \"l1\"")]
    [InlineData("""[0]""", "expected a JSON object")]
    [InlineData("", "not valid JSON")]
    public void A_bad_generation_configuration_is_refused(string text, string expected)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        File.WriteAllText(folder.GenerationConfig, text);
        Refused.Check(folder.GenerationConfig, expected, () => InferenceEngine.Load(folder.Root, 1).Dispose());
    }

    [Theory]
    [InlineData("""{}""", new[] { 0 })]
    [InlineData("""{"eos_token_id": null, "stop_token_ids": null}""", new[] { 0 })]
    [InlineData("""{"eos_token_id": 7, "stop_token_ids": [3, 7, 511]}""", new[] { 0, 3, 7, 511 })]
    public void Stop_tokens_are_those_of_all_keys(string text, int[] expected)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        File.WriteAllText(folder.GenerationConfig, text);
        Assert.Equal(expected, GenerationDefaults.Load(folder.GenerationConfig, ModelConfig.Load(folder.Config)).StopTokens.Order());
    }
}
