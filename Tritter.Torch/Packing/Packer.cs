using System.Globalization;
using System.Text.RegularExpressions;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;
using Tritter.Torch.Corpus;

namespace Tritter.Torch.Packing;

/// <summary>Turns shards of text into shards of tokens, once a pass with other cursors and another order.</summary>
public sealed partial class Packer(TritterTokenizer tokenizer, PromptTokens special, PackingMix mix, int length, TextWriter log)
{
    private const int CharactersPerCursor = 9000;
    private const int MaxCursors = 4;
    private const int SequencesPerShard = 2048;

    /// <summary>The training shards of one pass: train-PASS-NUMBER.tokens.</summary>
    /// <param name="files">Repository by repository and folder by folder.</param>
    public void Pack(IReadOnlyList<SourceFile> files, string output, int pass, CancellationToken cancellation)
    {
        Directory.CreateDirectory(output);
        ILookup<(string, string), SourceFile> byName = files.Where(f => f.IsCode).ToLookup(f => (f.Repository, Path.GetFileNameWithoutExtension(f.Path)));
        Document[][] made = new Document[files.Count][];
        Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancellation }, i => made[i] = Documents(files, byName, i, pass));
        Document[] documents = [.. made.SelectMany(d => d)];
        new Random(pass).Shuffle(documents);
        List<(ushort[] Tokens, TokenMarks[] Marks)> sequences = new SequenceFiller(length, (ushort)special.FimPad).Fill(documents);
        for (int i = 0; i * SequencesPerShard < sequences.Count; i++)
        {
            TokenShard.Write(Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"train-{pass:D2}-{i:D4}.tokens")), length,
                sequences.GetRange(i * SequencesPerShard, Math.Min(SequencesPerShard, sequences.Count - i * SequencesPerShard)));
        }

        long middles = documents.Sum(d => (long)d.Tokens.Length - d.MiddleStart);
        long prompts = documents.Where(d => d.IsFim).Sum(d => (long)d.Tokens.Length);
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"pass {pass}: {files.Count} files, {documents.Length} documents, {documents.Sum(d => (long)d.Tokens.Length) / 1e6:F1} M tokens ({prompts / 1e6:F1} M in prompts, {middles / 1e6:F1} M in middles) in {sequences.Count} sequences of {length}"));
    }

    /// <summary>Sequences to measure on: each language as it is, and prompts of both orders; at most so many sequences each.</summary>
    public void PackValidation(IReadOnlyList<SourceFile> files, string output, int most)
    {
        Directory.CreateDirectory(output);
        foreach (IGrouping<string, SourceFile> language in files.GroupBy(f => f.Language))
        {
            Save("val-" + language.Key, [.. Shuffled(language).Select(f => new DocumentMaker(tokenizer, special, mix).Plain(f, DocumentMaker.RandomFor(f, 0)))]);
        }

        SourceFile[] code = [.. files.Where(f => f.IsCode)];
        foreach ((string name, double suffixFirst) in new[] { ("fim-spm", 1.0), ("fim-psm", 0.0) })
        {
            foreach (string language in new[] { "cs", "py" })
            {
                var maker = new DocumentMaker(tokenizer, special, new PackingMix(1, suffixFirst, 1, 0));
                Save($"{name}-{language}", [.. Shuffled(code.Where(f => f.Language == language)).Select(f => maker.Fim(f, [], DocumentMaker.RandomFor(f, 0))).OfType<Document>()]);
            }
        }

        void Save(string name, Document[] documents)
        {
            List<(ushort[], TokenMarks[])> sequences = new SequenceFiller(length, (ushort)special.FimPad).Fill(documents);
            if (sequences.Count == 0)
            {
                return;
            }

            TokenShard.Write(Path.Combine(output, name + ".tokens"), length, sequences.GetRange(0, Math.Min(most, sequences.Count)));
            log.WriteLine($"{name}: {Math.Min(most, sequences.Count)} sequences");
        }

        static SourceFile[] Shuffled(IEnumerable<SourceFile> files)
        {
            SourceFile[] all = [.. files];
            new Random(7).Shuffle(all);
            return all;
        }
    }

    private Document[] Documents(IReadOnlyList<SourceFile> files, ILookup<(string, string), SourceFile> byName, int index, int pass)
    {
        SourceFile file = files[index];
        Random random = DocumentMaker.RandomFor(file, pass);
        var maker = new DocumentMaker(tokenizer, special, mix);
        if (!file.IsCode || random.NextDouble() >= mix.Fim)
        {
            return [maker.Plain(file, random)];
        }

        // Files lie folder by folder: those beside it in the shard are its neighbours in the repository, too.
        SourceFile[] neighbours = [.. Enumerable.Range(index - 3, 7).Where(i => i != index && i >= 0 && i < files.Count && files[i].Repository == file.Repository).Select(i => files[i])];
        random.Shuffle(neighbours);
        // Files whose names it uses come first: what they declare helps to fill it in.
        neighbours = [.. Named(file, byName, random), .. neighbours];
        int cursors = Math.Clamp(1 + file.Text.Length / CharactersPerCursor, 1, MaxCursors);
        return [.. Enumerable.Range(0, cursors + 1).Select(_ => maker.Fim(file, neighbours, random)).OfType<Document>().Take(cursors)];
    }

    /// <summary>Up to four files of its repository that bear the name of a word in it.</summary>
    private static SourceFile[] Named(SourceFile file, ILookup<(string, string), SourceFile> byName, Random random)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (ValueMatch word in Word().EnumerateMatches(file.Text))
        {
            words.Add(file.Text.Substring(word.Index, word.Length));
        }

        SourceFile[] found = [.. words.Order(StringComparer.Ordinal).SelectMany(w => byName[(file.Repository, w)].Take(1)).Where(f => f.Path != file.Path && f.Language == file.Language)];
        random.Shuffle(found);
        return [.. found.Take(4)];
    }

    [GeneratedRegex(@"\b[A-Za-z_]\w{3,}", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
