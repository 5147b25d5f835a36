using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Tests.Generation;

public sealed class SessionTests : IDisposable
{
    private readonly TinyModel _model = new();

    [Theory]
    [InlineData(0)]
    [InlineData(33)]
    public void A_prompt_that_does_not_fit_is_refused(int length)
    {
        using Session session = _model.OpenSession(32);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Read(TinyModel.Prompt(length), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(512)]
    [InlineData(int.MaxValue)]
    public void A_token_that_the_model_does_not_have_is_refused_and_leaves_the_session_usable(int token)
    {
        using Session session = _model.OpenSession(32);
        int[] prompt = TinyModel.Prompt(5);
        session.Read(prompt, TestContext.Current.CancellationToken);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Append(token));
        Assert.Equal(prompt, session.Tokens);
        session.Append(1);
        Bits.AssertEqual(_model.Read([.. prompt, 1]), session.Logits, "after a refused token");
    }

    [Fact]
    public void A_full_session_refuses_another_token()
    {
        using Session session = _model.OpenSession(32);
        session.Read(TinyModel.Prompt(32), TestContext.Current.CancellationToken);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Append(1));
        Assert.Equal(32, session.Tokens.Count);
    }

    [Fact]
    public void Reading_that_is_cancelled_keeps_what_was_read()
    {
        using Session session = _model.OpenSession();
        using var cancellation = new CancellationTokenSource();
        int[] prompt = TinyModel.Prompt(300);
        session.Read(prompt.AsSpan(0, 100), TestContext.Current.CancellationToken);
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => session.Read(prompt, cancellation.Token));
        Assert.Equal(prompt[..100], session.Tokens);
        Assert.Equal(100, session.Read(prompt, TestContext.Current.CancellationToken));
        Bits.AssertEqual(_model.Read(prompt), session.Logits, "after a cancelled prompt");
    }

    [Fact]
    public void Decoding_allocates_nothing_once_its_memory_is_there()
    {
        using PrefixTree tree = _model.NewTree(budget: 1 << 30);
        using Session session = _model.OpenSession(tree);
        int[] prompt = TinyModel.Prompt(1000);
        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            session.Read(prompt, TestContext.Current.CancellationToken);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 200; i++)
            {
                session.Append(i);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            session.Truncate(0);
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Sessions_of_one_model_do_not_disturb_each_other()
    {
        using Session first = _model.OpenSession();
        using Session second = _model.OpenSession();
        int[] one = TinyModel.Prompt(40, seed: 1);
        int[] two = TinyModel.Prompt(40, seed: 2);
        for (int i = 0; i < one.Length; i++)
        {
            first.Append(one[i]);
            second.Append(two[i]);
        }

        Bits.AssertEqual(_model.Read(one), first.Logits, "first session");
        Bits.AssertEqual(_model.Read(two), second.Logits, "second session");
    }

    public void Dispose() => _model.Dispose();
}
