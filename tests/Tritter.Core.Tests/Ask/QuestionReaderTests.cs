using Tritter.Core.Ask;

namespace Tritter.Core.Tests.Ask;

public sealed class QuestionReaderTests
{
    private static readonly HashSet<string> _names = ["Store", "Store.Find", "Find", "IStore", "Basket", "Basket.Total", "MaxItems", "Retry", "echo", "load_file", "Option.default", "_items", "Total"];
    private static readonly HashSet<string> _files = ["Store.cs", "src/shop/Store.cs", "parser.py"];

    [Theory]
    [InlineData("Where is Store.Find defined?", QuestionKind.Definition, "Store.Find")]
    [InlineData("where is `echo` declared", QuestionKind.Definition, "echo")]
    [InlineData("What does load_file do?", QuestionKind.Definition, "load_file")]
    [InlineData("what is IStore", QuestionKind.Definition, "IStore")]
    [InlineData("Show me the definition of Store", QuestionKind.Definition, "Store")]
    [InlineData("Store.Find", QuestionKind.Definition, "Store.Find")]
    [InlineData("In which file is Basket declared?", QuestionKind.Definition, "Basket")]
    [InlineData("explain Basket.Total", QuestionKind.Definition, "Basket.Total")]
    [InlineData("Who calls Store.Find?", QuestionKind.Callers, "Store.Find")]
    [InlineData("what calls `echo`?", QuestionKind.Callers, "echo")]
    [InlineData("Where is load_file called?", QuestionKind.Callers, "load_file")]
    [InlineData("list the callers of Store.Find", QuestionKind.Callers, "Store.Find")]
    [InlineData("Which methods invoke Store.Find()?", QuestionKind.Callers, "Store.Find")]
    [InlineData("who creates Basket", QuestionKind.Callers, "Basket")]
    [InlineData("Where is Store instantiated?", QuestionKind.Callers, "Store")]
    [InlineData("What does Basket.Total call?", QuestionKind.Callees, "Basket.Total")]
    [InlineData("which functions does load_file call", QuestionKind.Callees, "load_file")]
    [InlineData("callees of Basket.Total", QuestionKind.Callees, "Basket.Total")]
    [InlineData("Where is MaxItems used?", QuestionKind.References, "MaxItems")]
    [InlineData("all references to IStore", QuestionKind.References, "IStore")]
    [InlineData("who uses Store", QuestionKind.References, "Store")]
    [InlineData("find usages of `_items`", QuestionKind.References, "_items")]
    [InlineData("Where is _items assigned?", QuestionKind.Writes, "_items")]
    [InlineData("who sets MaxItems?", QuestionKind.Writes, "MaxItems")]
    [InlineData("Which classes implement IStore?", QuestionKind.Implementers, "IStore")]
    [InlineData("list all implementers of IStore", QuestionKind.Implementers, "IStore")]
    [InlineData("subclasses of Store", QuestionKind.Implementers, "Store")]
    [InlineData("Who overrides Basket.Total?", QuestionKind.Implementers, "Basket.Total")]
    [InlineData("what derives from Store", QuestionKind.Implementers, "Store")]
    [InlineData("What breaks if I change Store.Find?", QuestionKind.Impact, "Store.Find")]
    [InlineData("can I safely remove load_file?", QuestionKind.Impact, "load_file")]
    [InlineData("what would be affected by renaming MaxItems", QuestionKind.Impact, "MaxItems")]
    [InlineData("impact of changing IStore", QuestionKind.Impact, "IStore")]
    [InlineData("what depends on Store?", QuestionKind.Impact, "Store")]
    [InlineData("What is the default value of MaxItems?", QuestionKind.Value, "MaxItems")]
    [InlineData("what is MaxItems set to", QuestionKind.Value, "MaxItems")]
    [InlineData("How large is MaxItems?", QuestionKind.Value, "MaxItems")]
    [InlineData("How do I use Store?", QuestionKind.Example, "Store")]
    [InlineData("show an example of load_file", QuestionKind.Example, "load_file")]
    [InlineData("how is echo used?", QuestionKind.Example, "echo")]
    [InlineData("Which tests cover Store.Find?", QuestionKind.Tests, "Store.Find")]
    [InlineData("is Basket.Total tested?", QuestionKind.Tests, "Basket.Total")]
    [InlineData("What is in Store.cs?", QuestionKind.File, "Store.cs")]
    [InlineData("Give me an overview of src/shop/Store.cs", QuestionKind.File, "src/shop/Store.cs")]
    [InlineData("describe parser.py", QuestionKind.File, "parser.py")]
    [InlineData("where are retries decided?", QuestionKind.Search, null)]
    [InlineData("How does the parser treat doubled braces?", QuestionKind.Search, null)]
    [InlineData("where is the list of all files kept", QuestionKind.Search, null)]
    public void A_question_is_understood_by_its_words(string text, QuestionKind kind, string? subject)
    {
        Question question = Read(text);

        Assert.Equal((kind, subject), (question.Kind, question.Subject));
    }

    [Theory]
    [InlineData("How does Basket.Total get to Store.Find?", "Basket.Total", "Store.Find")]
    [InlineData("path from Basket to IStore", "Basket", "IStore")]
    [InlineData("how can `echo` reach `load_file`", "echo", "load_file")]
    [InlineData("trace Basket.Total to Store.Find", "Basket.Total", "Store.Find")]
    public void A_way_has_two_ends(string text, string from, string to)
    {
        Assert.Equal((QuestionKind.Path, from, to), Read(text) is var q ? (q.Kind, q.Subject, q.Target) : default);
    }

    [Theory]
    [InlineData("and who calls it?", QuestionKind.Callers)]
    [InlineData("Where is it defined?", QuestionKind.Definition)]
    [InlineData("what breaks if I change this?", QuestionKind.Impact)]
    [InlineData("is that tested?", QuestionKind.Tests)]
    [InlineData("who implements it", QuestionKind.Implementers)]
    [InlineData("callers?", QuestionKind.Callers)]
    public void Later_questions_may_leave_the_name_out(string text, QuestionKind kind)
    {
        Question question = Read(text, before: "Store.Find");

        Assert.Equal((kind, "Store.Find"), (question.Kind, question.Subject));
    }

    [Fact]
    public void A_name_counts_before_what_was_talked_about()
    {
        Assert.Equal("Basket", Read("who uses Basket?", before: "Store.Find").Subject);
    }

    private static Question Read(string text, string? before = null) => QuestionReader.Read(text, _names.Contains, _files.Contains, before);
}
