using System.Diagnostics;

namespace Tritter.Core.Completion;

/// <summary>Times the help around the model during one completion.</summary>
internal sealed class AssistanceClock
{
    public AssistanceCost Cost { get; private set; }

    public T Context<T>(Func<T> work) => Timed(work, time => Cost = Cost with { Context = Cost.Context + time });

    public T Gate<T>(Func<T> work) => Timed(work, time => Cost = Cost with { Gate = Cost.Gate + time });

    public NameOracle? Watch(NameOracle? names) =>
        names is null ? null : text => Timed(() => names(text), time => Cost = Cost with { Names = Cost.Names + time });

    private static T Timed<T>(Func<T> work, Action<TimeSpan> took)
    {
        long start = Stopwatch.GetTimestamp();
        T result = work();
        took(Stopwatch.GetElapsedTime(start));
        return result;
    }
}
