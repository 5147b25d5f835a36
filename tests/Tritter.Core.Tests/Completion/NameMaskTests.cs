using System.Text;
using Tritter.Core.Completion;
using Tritter.Inference.Tokenizer;

namespace Tritter.Core.Tests.Completion;

public sealed class NameMaskTests
{
    private static readonly TritterTokenizer _tokenizer = TritterTokenizer.Load(Path.Combine(Checkout.EmbeddedModel, "tokenizer.json"));
    private static readonly TokenPrefixIndex _index = new(_tokenizer);

    [Theory]
    [InlineData("store.", "Find Put LoadAsync")]
    [InlineData("store.Lo", "Find Put LoadAsync LoadNow")]
    [InlineData("store?.", "Größe Find")]
    [InlineData("var s = new ", "Shelf ShelfException byte")]
    public void Whatever_is_chosen_spells_a_known_name(string before, string known)
    {
        string[] names = known.Split(' ');
        var random = new Random(1);
        for (int round = 0; round < 40; round++)
        {
            var mask = new NameMask(_tokenizer, _index, before, Oracle(before, names));
            var generated = new List<int>();
            string text = before;
            int place = PlaceLength(before);
            while (NameIn(text, place).Length == text.Length - place)
            {
                float[] logits = [.. Enumerable.Range(0, _tokenizer.VocabularySize).Select(id => _tokenizer.IsSpecial(id) ? float.NegativeInfinity : random.NextSingle())];
                mask.Apply(generated.ToArray(), logits);
                generated.Add(Array.IndexOf(logits, logits.Max()));
                text = before + Text(generated);
            }

            string name = NameIn(text, place);
            Assert.True(names.Contains(name) || (name.Length == 0 && text[place] is '(' or '[' or '{'), $"{text} has {name}");
        }
    }

    [Theory]
    [InlineData("store.Find")]
    [InlineData("store.Find(")]
    [InlineData("return ")]
    [InlineData("store.Bogus")]
    public void Outside_of_names_nothing_is_ruled_out_but_what_lengthens_a_name(string before)
    {
        float[] logits = new float[_tokenizer.VocabularySize];
        new NameMask(_tokenizer, _index, before, Oracle(before, ["Find", "Put"])).Apply([], logits);

        bool isWholeName = before == "store.Find";
        for (int id = 0; id < logits.Length; id++)
        {
            bool lengthens = isWholeName && (_tokenizer.Bytes(id) is not [var first, ..] || IsNameByte(first));
            Assert.Equal(lengthens, float.IsNegativeInfinity(logits[id]));
        }
    }

    [Fact]
    public void Nothing_is_ruled_out_where_the_compiler_cannot_tell()
    {
        float[] logits = new float[_tokenizer.VocabularySize];
        new NameMask(_tokenizer, _index, "store.", _ => null).Apply([], logits);

        Assert.All(logits, l => Assert.Equal(0, l));
    }

    [Fact]
    public void A_longer_name_may_follow_a_name_that_begins_it()
    {
        float[] logits = new float[_tokenizer.VocabularySize];
        new NameMask(_tokenizer, _index, "store.Load", Oracle("store.Load", ["Load", "LoadAsync"])).Apply([], logits);

        Assert.Contains(Enumerable.Range(0, logits.Length), id => logits[id] == 0 && _tokenizer.Bytes(id) is [(byte)'A', ..]);
        Assert.Contains(Enumerable.Range(0, logits.Length), id => logits[id] == 0 && _tokenizer.Bytes(id) is [(byte)'(', ..]);
        Assert.DoesNotContain(Enumerable.Range(0, logits.Length), id => logits[id] == 0 && _tokenizer.Bytes(id) is [(byte)'B', ..]);
    }

    [Fact]
    public void A_place_is_asked_about_once()
    {
        int asked = 0;
        var mask = new NameMask(_tokenizer, _index, "store.", _ =>
        {
            asked++;
            return ["LoadAsync"];
        });
        int[] spelled = [.. _tokenizer.Encode("LoadA")];
        for (int length = 0; length <= spelled.Length; length++)
        {
            mask.Apply(spelled.AsSpan(0, length), new float[_tokenizer.VocabularySize]);
        }

        Assert.Equal(1, asked);
    }

    /// <summary>Knows names at the end of the place before the name, and nothing anywhere else.</summary>
    private static NameOracle Oracle(string before, string[] names) => text => text == before[..PlaceLength(before)] ? names : null;

    private static int PlaceLength(string text) => text.LastIndexOf("new ", StringComparison.Ordinal) is >= 0 and var at ? at + 4 : text.LastIndexOf('.') + 1;

    /// <summary>The first word behind the place.</summary>
    private static string NameIn(string text, int place) => string.Concat(text[place..].TakeWhile(c => char.IsLetterOrDigit(c) || c is '_' or '\uFFFD'));

    private static string Text(List<int> tokens) => Encoding.UTF8.GetString([.. tokens.SelectMany(t => _tokenizer.Bytes(t).ToArray())]);

    private static bool IsNameByte(byte b) => b >= 0x80 || char.IsLetterOrDigit((char)b) || b == '_';
}
