using System.CommandLine;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;
using Tritter.Torch.Corpus;
using Tritter.Torch.Packing;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train pack: text becomes sequences of tokens.</summary>
internal static class PackCommand
{
    public static Command Create(CancellationToken cancellation)
    {
        var shards = new Argument<string[]>("shard") { Description = "Text shards of 'corpus build'", Arity = ArgumentArity.OneOrMore };
        var model = new Option<string>("--model") { Description = "Folder with config.json and tokenizer.json", Required = true };
        var output = new Option<string>("--out") { Description = "Folder for token shards", Required = true };
        var length = new Option<int>("--length") { Description = "Tokens of a sequence", DefaultValueFactory = _ => 4096 };
        var passes = new Option<int>("--passes") { Description = "How often the text is packed, each time with other cursors", DefaultValueFactory = _ => 1 };
        var first = new Option<int>("--first-pass") { Description = "Number of the first pass: text packed later goes on behind what is there" };
        var validation = new Option<int>("--validation") { Description = "Pack for measuring instead: at most so many sequences of a kind" };
        var command = new Command("pack", "Turns text into sequences of tokens with prompts for completion among them.") { shards, model, output, length, passes, first, validation };
        command.SetAction(parse =>
        {
            string folder = parse.GetValue(model)!;
            ModelConfig config = ModelConfig.Load(Path.Combine(folder, "config.json"));
            var packer = new Packer(TritterTokenizer.Load(Path.Combine(folder, "tokenizer.json")), config.PromptTokens, new PackingMix(), parse.GetValue(length), Console.Error);
            SourceFile[] files = [.. parse.GetValue(shards)!.Order(StringComparer.Ordinal).SelectMany(ShardFile.Read)];
            if (parse.GetValue(validation) is int most and > 0)
            {
                packer.PackValidation(files, parse.GetValue(output)!, most);
                return 0;
            }

            for (int pass = parse.GetValue(first); pass < parse.GetValue(first) + parse.GetValue(passes); pass++)
            {
                packer.Pack(files, parse.GetValue(output)!, pass, cancellation);
            }

            return 0;
        });
        return command;
    }
}
