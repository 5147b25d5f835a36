using System.Text;
using System.Text.RegularExpressions;
using Tritter.Inference.Tokenizer;
using Tritter.Torch.Vocabulary;

namespace Tritter.Torch.Tests.Vocabulary;

public sealed class BytePairTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tritter-tokenizer-").FullName;

    private static string Text { get; } = File.ReadAllText(Path.Combine(Checkout.Root, "ARCHITECTURE.md")) + "\u00e9t\u00e9 \U0001F600\r\n\tint x = 10;";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Merges_are_those_that_counting_everything_anew_each_time_gives()
    {
        string text = Text[..3000];
        var trainer = new BytePairTrainer();
        trainer.Add(text[..1000]);
        trainer.Add(text[1000..]);
        Assert.Equal(Plain([text[..1000], text[1000..]], 150), trainer.Learn(150, null, CancellationToken.None));
    }

    [Fact]
    public void Runs_of_one_letter_are_merged_from_the_left()
    {
        var trainer = new BytePairTrainer();
        trainer.Add("aaaaa aaaaa");
        List<(int, int)> learned = trainer.Learn(10, null, CancellationToken.None);
        Assert.Equal(Plain(["aaaaa aaaaa"], 10), learned);
        Assert.Equal(('a', 'a'), learned[0]);
    }

    [Fact]
    public void The_engine_loads_the_file_and_gives_back_every_text()
    {
        string path = Path.Combine(_folder, "tokenizer.json");
        var trainer = new BytePairTrainer();
        trainer.Add(Text);
        List<(int, int)> learned = trainer.Learn(400, null, CancellationToken.None);
        TokenizerWriter.Write(path, learned);
        TritterTokenizer tokenizer = TritterTokenizer.Load(path);
        Assert.Equal(TokenizerWriter.Fixed + learned.Count, tokenizer.VocabularySize);
        Assert.Equal(Text, tokenizer.Decode(tokenizer.Encode(Text)));
        string bytes = string.Concat(Enumerable.Range(1, 0x2FF).Select(c => (char)c));
        Assert.Equal(bytes, tokenizer.Decode(tokenizer.Encode(bytes)));
        Assert.Equal([1], tokenizer.EncodeWithSpecialTokens("<|fim_prefix|>"));
        Assert.True(tokenizer.Encode(Text).Count < 0.6 * Encoding.UTF8.GetByteCount(Text));
        // The engine merges as the trainer did: the text's tokens are what is left after all merges.
        Assert.Equal(Words([Text]).Sum(w => Apply(w, learned).Length), tokenizer.Encode(Text).Count);
    }

    [Fact]
    public void The_same_text_gives_the_same_file_in_whatever_order_it_comes()
    {
        byte[][] files = [.. new[] { false, true }.Select(backwards =>
        {
            var trainer = new BytePairTrainer();
            string[] lines = Text.Split('\n');
            foreach (string line in backwards ? lines.Reverse() : lines)
            {
                trainer.Add(line);
            }

            string path = Path.Combine(_folder, $"{backwards}.json");
            TokenizerWriter.Write(path, trainer.Learn(100, null, CancellationToken.None));
            return File.ReadAllBytes(path);
        })];
        Assert.Equal(files[0], files[1]);
    }

    /// <summary>The definition: count all pairs, take the most frequent one, the lowest ids first, replace it everywhere, begin again.</summary>
    private static List<(int, int)> Plain(string[] texts, int merges)
    {
        List<int[]> words = Words(texts);
        var learned = new List<(int, int)>();
        while (learned.Count < merges)
        {
            (((int, int) pair, int count), _) = words.SelectMany(w => w.Zip(w.Skip(1))).GroupBy(p => p).Select(g => ((g.Key, g.Count()), 0))
                .OrderByDescending(p => p.Item1.Item2).ThenBy(p => p.Item1.Key.First).ThenBy(p => p.Item1.Key.Second).FirstOrDefault();
            if (count < 2)
            {
                break;
            }

            learned.Add(pair);
            words = [.. words.Select(w => Replace(w, pair, 255 + learned.Count))];
        }

        return learned;
    }

    private static List<int[]> Words(string[] texts) =>
        [.. texts.SelectMany(t => Regex.Matches(t, BytePairTrainer.SplitPattern).Select(m => Encoding.UTF8.GetBytes(m.Value).Select(b => (int)b).ToArray()))];

    private static int[] Apply(int[] word, List<(int, int)> merges)
    {
        for (int i = 0; i < merges.Count && word.Length > 1; i++)
        {
            word = Replace(word, merges[i], 256 + i);
        }

        return word;
    }

    private static int[] Replace(int[] word, (int Left, int Right) pair, int token)
    {
        var replaced = new List<int>();
        for (int i = 0; i < word.Length; i++)
        {
            if (i + 1 < word.Length && (word[i], word[i + 1]) == pair)
            {
                replaced.Add(token);
                i++;
            }
            else
            {
                replaced.Add(word[i]);
            }
        }

        return [.. replaced];
    }
}
