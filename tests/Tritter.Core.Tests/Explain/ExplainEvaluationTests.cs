using Tritter.Core.CSharp;
using Tritter.Core.Evaluation;
using Tritter.Core.Explain;
using Tritter.Core.Tests.CSharp;

namespace Tritter.Core.Tests.Explain;

public sealed class ExplainEvaluationTests
{
    [Theory]
    [InlineData("the cat sat", "the cat sat", 1)]
    [InlineData("Gets the number of items.", "gets the items", 0.75)]
    [InlineData("a b c", "x y", 0)]
    [InlineData("", "a", 0)]
    public void RougeL_is_the_share_of_words_in_common_order(string written, string said, double expected) =>
        Assert.Equal(expected, RougeL.F1(written, said), 3);

    [Theory]
    [InlineData(" Returns how many there are.\n", "Returns how many there are.")]
    [InlineData("Uses <see cref=\"Count\"/> for it.", "Uses Count for it.")]
    [InlineData("Calls GetMissing to do it.", null)]
    [InlineData("the the the the the the", null)]
    [InlineData("int Count()", null)]
    [InlineData("Yes.", null)]
    public void A_summary_that_says_nothing_or_invents_names_is_left_out(string said, string? shown) =>
        Assert.Equal(shown, MemberSummary.Checked(said, "public int Count() => _items.Length;"));

    [Fact]
    public void Two_computations_of_the_facts_agree_and_a_changed_fact_is_found()
    {
        const string Source = """
            namespace A;
            public interface IBox { int Get(); }
            public sealed class Box : IBox
            {
                private int _n = Start();
                public int Get() => _n++ + Twice(Get2);
                private static int Start() => 1;
                private int Get2() { _n = 2; throw new InvalidOperationException(nameof(_n)); }
                private static int Twice(Func<int> f) => f() + new Box().Get();
            }
            """;
        var solution = new CSharpSolution([Projects.Of(("Box.cs", Source))]);
        var check = new FactCheck(solution, TestContext.Current.CancellationToken);
        MemberFacts[] facts = [.. solution.Projects[0].Compilation.GetSymbolsWithName(n => n is "_n" or "Get" or "Start" or "Get2" or "Twice", cancellationToken: TestContext.Current.CancellationToken).Where(s => s.Locations[0].IsInSource).Select(s => FactsOfMember.Gather(solution, s, TestContext.Current.CancellationToken))];

        Assert.Equal(6, facts.Length);
        Assert.All(facts, f => Assert.Empty(check.Differences(f)));
        Assert.All(facts.Where(f => f.Users.Count > 0), f => Assert.Single(check.Differences(f with { Users = [] })));
    }
}
