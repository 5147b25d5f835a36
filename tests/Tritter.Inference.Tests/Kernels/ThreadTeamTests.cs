using System.Runtime.ExceptionServices;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>The team's promise: in a run every item belongs to the share of exactly one worker that runs, however many there are.</summary>
public sealed class ThreadTeamTests
{
    /// <summary>Far more than any of these takes on a busy machine: a test that needs it hangs.</summary>
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(60);

    public static TheoryData<int> Sizes => [1, 2, 3, 5];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Shares_are_contiguous_and_nearly_equal(int size)
    {
        using var team = new ThreadTeam(size);
        foreach (int count in new[] { 0, 1, 2, 7, 16, 64, 1000, int.MaxValue - 1 })
        {
            int next = 0;
            for (int worker = 0; worker < size; worker++)
            {
                (int first, int end) = team.Share(worker, count);
                Assert.Equal(next, first);
                Assert.InRange(end - first, count / size, count / size + 1);
                next = end;
            }

            Assert.Equal(count, next);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Ten_thousand_rounds_do_every_item_once(int size) => WithinTime(() =>
    {
        using var team = new ThreadTeam(size);
        var items = new int[7];
        for (int round = 1; round <= 10_000; round++)
        {
            team.Run(worker => CountShare(team, worker, items));
            Assert.All(items, count => Assert.Equal(round, count));
        }
    });

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Workers_that_fell_asleep_wake_up(int size) => WithinTime(() =>
    {
        using var team = new ThreadTeam(size);
        var items = new int[7];
        for (int round = 1; round <= 300; round++)
        {
            // Rounds and pauses of different lengths, most of which outlast a worker's spinning.
            team.Run(worker =>
            {
                CountShare(team, worker, items);
                Thread.Sleep((round + worker) % 3);
            });
            Thread.Sleep(round % 3);
            Assert.All(items, count => Assert.Equal(round, count));
        }
    });

    [Theory]
    [MemberData(nameof(Sizes))]
    public void What_was_written_before_a_barrier_is_seen_after_it(int size) => WithinTime(() =>
    {
        using var team = new ThreadTeam(size);
        var items = new int[20];
        int wrong = 0;
        for (int round = 0; round < 200; round++)
        {
            Array.Clear(items);
            team.Run(worker =>
            {
                for (int stage = 1; stage <= 20; stage++)
                {
                    CountShare(team, worker, items);
                    team.Barrier();
                    Interlocked.Add(ref wrong, items.Count(s => s != stage));
                    team.Barrier();
                }
            });
        }

        Assert.Equal(0, wrong);
    });

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 99)]
    [InlineData(5, 60)]
    public void A_worker_that_throws_fails_the_round_and_the_next_one_works(int size, int badItem) => WithinTime(() =>
    {
        using var team = new ThreadTeam(size);
        var items = new int[100];
        for (int round = 1; round <= 50; round++)
        {
            InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => team.Run(worker =>
            {
                team.Barrier();
                (int first, int end) = team.Share(worker, items.Length);
                if (first <= badItem && badItem < end)
                {
                    throw new ArithmeticException("on purpose");
                }

                team.Barrier();
            }));
            Assert.IsType<ArithmeticException>(error.InnerException);
            team.Run(worker =>
            {
                team.Barrier();
                CountShare(team, worker, items);
                team.Barrier();
            });
            Assert.All(items, count => Assert.Equal(round, count));
        }
    });

    [Fact]
    public void A_disposed_team_refuses_work_and_its_threads_end() => WithinTime(() =>
    {
        var team = new ThreadTeam(3);
        team.Dispose();
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => team.Run(_ => { }));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_team_has_at_least_its_caller(int size) => Assert.Throws<ArgumentOutOfRangeException>(() => new ThreadTeam(size));

    private static void CountShare(ThreadTeam team, int worker, int[] items)
    {
        (int first, int end) = team.Share(worker, items.Length);
        for (int i = first; i < end; i++)
        {
            items[i]++;
        }
    }

    private static void WithinTime(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action)) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(_hang), "the team hangs");
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
