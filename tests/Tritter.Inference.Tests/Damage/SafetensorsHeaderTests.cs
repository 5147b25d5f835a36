using System.Buffers.Binary;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Damage;

/// <summary>Safetensors headers that lie.</summary>
public sealed class SafetensorsHeaderTests
{
    /// <summary>Header, bytes of data after it, what the error says.</summary>
    public static TheoryData<string, int, string> BadHeaders => new()
    {
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "'b' starts at byte 2|expected 4|overlap" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "'b' starts at byte 0|expected 4|overlap" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "'b' starts at byte 8|expected 4|gap" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a' starts at byte 4|expected 0|gap" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "the tensors end at byte|but the file has" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "'a' ends at byte 4|the file has 3|cut off" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "'a'|[4, 0]|expected [start, end]" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "'a'|[0]|expected [start, end]" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2,4]}}""", 4, "'a'|[0, 2, 4]" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "'a': data_offsets|from 0 up" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775804,9223372036854775807]}}""", 4, "'a' ends at byte 9223372036854775807|the file has 4" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}}""", 4, "'a': data_offsets|from 0 up" },
        { """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'a': shape|from 0 up" },
        { """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "'a': shape|from 0 up" },
        { """{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}""", 4, "'a': shape|from 0 up" },
        { """{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "'a': shape|from 0 up" },
        { """{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "'a': shape is not an array" },
        { """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "'a': shape|short array" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "'a' of shape [2] and dtype F32 needs 8 bytes|give 4" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "'a'|impossible shape [4294967296, 4294967296]" },
        { """{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}""", 4, "'a'|impossible shape [4611686018427387905]" },
        { """{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}""", 1, "'a' has dtype 'F8', expected one of U8" },
        { """{"a":{"dtype":"7","shape":[1],"data_offsets":[0,4]}}""", 4, "'a' has dtype '7'" },
        { """{"a":{"dtype":"+7","shape":[1],"data_offsets":[0,4]}}""", 4, "'a' has dtype '+7'" },
        { """{"a":{"dtype":" F32","shape":[1],"data_offsets":[0,4]}}""", 4, "'a' has dtype ' F32'" },
        { """{"a":{"dtype":"F32,U8","shape":[1],"data_offsets":[0,4]}}""", 4, "'a' has dtype 'F32,U8'" },
        { """{"a":{"dtype":"","shape":[1],"data_offsets":[0,4]}}""", 4, "'a' has dtype ''" },
        { """{"a":{"dtype":null,"shape":[1],"data_offsets":[0,4]}}""", 4, "'a' has dtype 'null'" },
        { """{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", 4, "not valid JSON" },
        { """{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "'a' lacks dtype" },
        { """{"a":{"dtype":"F32","shape":[1]}}""", 4, "'a' lacks dtype, shape or data_offsets" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}""", 4, "'a' has the key 'x'|unknown" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "names 'a' twice" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "'a' has the key 'dtype'|twice" },
        { """{"a":[]}""", 0, "'a' is not described by an object" },
        { """{"a":null}""", 0, "'a' is not described by an object" },
        { """{"\ud800":{}}""", 0, "not valid JSON" },
        { """["a"]""", 0, "not a JSON object" },
        { "", 0, "not valid JSON" },
        { "{", 0, "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", 4, "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}""", 4, "not valid JSON" },
        { """{"line\nbreak":[]}""", 0, "'line?break' is not described" },
        { $$"""{"{{new string('n', 500)}}":[]}""", 0, "nnn…' is not described" },
        { $$"""{"__metadata__":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}""", 0, "not valid JSON" },
    };

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void Header_is_refused(string header, int dataBytes, string expected)
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        File.WriteAllBytes(folder.Weights, TensorFile.Raw(header, dataBytes));
        Refused.Check(folder.Weights, expected, () => SafetensorsFile.Open(folder.Weights).Dispose());
    }

    [Theory]
    [InlineData("""{}""", 0, 0)]
    [InlineData("""{"__metadata__":{"format":"pt"}}   """, 0, 0)]
    [InlineData("""{"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 7, 2)]
    [InlineData("""{"a":{"dtype":"I64","shape":[0,5],"data_offsets":[0,0]},"b":{"dtype":"BF16","shape":[1,1],"data_offsets":[0,2]}}""", 2, 2)]
    public void Header_is_accepted(string header, int dataBytes, int tensors)
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        File.WriteAllBytes(folder.Weights, TensorFile.Raw(header, dataBytes));
        using SafetensorsFile file = SafetensorsFile.Open(folder.Weights);
        Assert.Equal(tensors, file.Tensors.Count);
    }

    [Theory]
    [InlineData(3UL, "claims 3 bytes|the file has 2")]
    [InlineData(100_000_001UL, "claims 100000001 bytes")]
    [InlineData(1UL << 32, "claims 4294967296 bytes")]
    [InlineData((ulong)long.MaxValue, "claims 9223372036854775807 bytes")]
    [InlineData(1UL << 63, "claims 9223372036854775808 bytes")]
    [InlineData(ulong.MaxValue, "claims 18446744073709551615 bytes")]
    public void A_header_longer_than_the_file_is_refused_before_it_is_read(ulong length, string expected)
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        var file = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        File.WriteAllBytes(folder.Weights, file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused.Check(folder.Weights, expected, () => SafetensorsFile.Open(folder.Weights).Dispose());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(0, "the file is empty")]
    [InlineData(1, "at least 8 bytes, found 1")]
    [InlineData(7, "at least 8 bytes, found 7")]
    public void A_file_without_a_header_is_refused(int bytes, string expected)
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        File.WriteAllBytes(folder.Weights, new byte[bytes]);
        Refused.Check(folder.Weights, expected, () => SafetensorsFile.Open(folder.Weights).Dispose());
    }
}
