using System.CommandLine;
using System.Globalization;
using Tritter.Torch.Corpus;
using Tritter.Torch.Vocabulary;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train tokenizer: learns a byte-level BPE vocabulary from text.</summary>
internal static class TokenizerCommand
{
    private const int MaxVocabulary = 65536;

    public static Command Create(CancellationToken cancellation)
    {
        var shards = new Argument<string[]>("shard") { Description = "Text shards of 'corpus build'", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "tokenizer.json to write", Required = true };
        var size = new Option<int>("--vocabulary") { Description = "Tokens, special ones included", DefaultValueFactory = _ => 16384 };
        var most = new Option<int>("--max-mb") { Description = "Megabytes of text to learn from, taken evenly from all", DefaultValueFactory = _ => 64 };
        var command = new Command("tokenizer", "Trains a byte-level BPE tokenizer and writes tokenizer.json.") { shards, output, size, most };
        command.SetAction(parse =>
        {
            int vocabulary = parse.GetValue(size);
            if (vocabulary < TokenizerWriter.Fixed || vocabulary > MaxVocabulary)
            {
                throw new InvalidDataException($"--vocabulary is from {TokenizerWriter.Fixed} (special tokens and bytes) to {MaxVocabulary} (token shards have 16 bits a token)");
            }

            string[] paths = [.. parse.GetValue(shards)!.Order(StringComparer.Ordinal)];
            long each = Math.Max(1, parse.GetValue(most) * 1_000_000L / paths.Length);
            var trainer = new BytePairTrainer();
            long characters = 0;
            foreach (string path in paths)
            {
                long taken = 0;
                foreach (SourceFile file in ShardFile.Read(path).TakeWhile(_ => taken < each))
                {
                    cancellation.ThrowIfCancellationRequested();
                    trainer.Add(file.Text);
                    taken += file.Text.Length;
                }

                characters += taken;
            }

            int merges = vocabulary - TokenizerWriter.Fixed;
            List<(int Left, int Right)> learned = trainer.Learn(merges, done =>
            {
                if (done % 1000 == 0)
                {
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{100.0 * done / merges,3:F0} %  {done} merges"));
                }
            }, cancellation);
            TokenizerWriter.Write(parse.GetValue(output)!, learned);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TokenizerWriter.Fixed + learned.Count} tokens from {characters / 1e6:F1} M characters in {parse.GetValue(output)}"));
            return 0;
        });
        return command;
    }
}
