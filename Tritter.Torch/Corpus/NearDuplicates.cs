using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tritter.Torch.Corpus;

/// <summary>
/// Finds texts that were seen before: the same but for white space, or with a Jaccard similarity of about 0.8 and more of their
/// five-word runs (MinHash of 64 numbers, 16 bands of 4). Not thread-safe: what is kept depends on the order of the questions.
/// </summary>
public sealed class NearDuplicates
{
    private const int Hashes = 64;
    private const int Rows = 4;
    private const int Run = 5;
    private const double Similar = 0.8;

    private readonly HashSet<UInt128> _exact = [];
    private readonly Dictionary<ulong, List<uint[]>> _bands = [];

    /// <summary>What is compared of a text; thread-safe.</summary>
    public static (UInt128 Exact, uint[]? MinHash) Fingerprint(string text)
    {
        var words = new List<ulong>();
        ulong word = 14695981039346656037;
        bool inWord = false;
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var solid = new List<char>(text.Length);
        foreach (char c in text)
        {
            if (!char.IsWhiteSpace(c))
            {
                solid.Add(c);
            }

            if (char.IsLetterOrDigit(c) || c == '_')
            {
                word = (word ^ c) * 1099511628211;
                inWord = true;
            }
            else if (inWord)
            {
                words.Add(word);
                word = 14695981039346656037;
                inWord = false;
            }
        }

        sha.AppendData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(solid)));
        UInt128 exact = MemoryMarshal.Read<UInt128>(sha.GetHashAndReset());
        return (exact, words.Count < 40 ? null : Sign(words));
    }

    /// <returns>false when something like it was added before.</returns>
    public bool Add((UInt128 Exact, uint[]? MinHash) print)
    {
        if (!_exact.Add(print.Exact))
        {
            return false;
        }

        if (print.MinHash is not { } signature)
        {
            return true;
        }

        Span<ulong> keys = stackalloc ulong[Hashes / Rows];
        for (int band = 0; band < keys.Length; band++)
        {
            ulong key = (ulong)band * 0x9E3779B97F4A7C15;
            for (int r = 0; r < Rows; r++)
            {
                key = (key ^ signature[band * Rows + r]) * 0xD6E8FEB86659FD93;
            }

            keys[band] = key;
            foreach (uint[] other in _bands.GetValueOrDefault(key) ?? [])
            {
                if (Jaccard(signature, other) >= Similar)
                {
                    return false;
                }
            }
        }

        foreach (ulong key in keys)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_bands, key, out _) ??= []).Add(signature);
        }

        return true;
    }

    private static double Jaccard(uint[] a, uint[] b)
    {
        int equal = 0;
        for (int i = 0; i < Hashes; i++)
        {
            equal += a[i] == b[i] ? 1 : 0;
        }

        return equal / (double)Hashes;
    }

    private static uint[] Sign(List<ulong> words)
    {
        var smallest = new uint[Hashes];
        smallest.AsSpan().Fill(uint.MaxValue);
        for (int i = 0; i + Run <= words.Count; i++)
        {
            ulong run = 0;
            for (int j = 0; j < Run; j++)
            {
                run = (run ^ words[i + j]) * 0x9E3779B97F4A7C15;
                run ^= run >> 29;
            }

            ulong seed = 0x2545F4914F6CDD1D;
            for (int h = 0; h < Hashes; h++)
            {
                seed += 0x9E3779B97F4A7C16;
                uint value = (uint)((run * seed) >> 32);
                smallest[h] = Math.Min(smallest[h], value);
            }
        }

        return smallest;
    }
}
