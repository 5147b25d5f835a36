using System.Collections.Immutable;
using System.Globalization;
using Tritter.Server.Completions;

namespace Tritter.Server.Tests.Pure;

/// <summary>
/// Scheduling as a table. Events: <c>a1</c> asks number 1 about document a, <c>a1~</c> does so for when the thread is idle, <c>a1@5</c> for time 5 at
/// the earliest, <c>=5</c> makes it time 5, <c>!a</c> edits it, <c>-1</c> cancels number 1, <c>&gt;</c> frees the thread.
/// A state reads <c>running|waiting</c>, then what was dropped on the way there.
/// </summary>
public sealed class CompletionQueueTests
{
    [Theory]
    [InlineData("", "|", "")]
    [InlineData(">", "|", "")]
    [InlineData("a1", "|1", "")]
    [InlineData("a1 >", "1|", "")]
    [InlineData("a1 > >", "|", "")]
    [InlineData("a1 b2", "|1 2", "")]
    [InlineData("a1 b2 > >", "2|", "")]
    [InlineData("a1 a2", "|2", "1")]
    [InlineData("a1 b2 a3", "|2 3", "1")]
    [InlineData("a1 > a2", "1|2", "1")]
    [InlineData("a1 > a2 >", "2|", "1")]
    [InlineData("a1 > b2 !a", "1|2", "1")]
    [InlineData("a1 > b2 !b", "1|", "2")]
    [InlineData("b1 > a2 !a a3", "1|3", "2")]
    [InlineData("a1 !b", "|1", "")]
    [InlineData("a1 -1", "|", "")]
    [InlineData("b1 > a2 -2 >", "|", "")]
    [InlineData("a1 > -1", "1|", "")]
    [InlineData("a1~ >", "1|", "")]
    [InlineData("a1~ b2 >", "2|", "1")]
    [InlineData("a1~ > b2", "1|2", "1")]
    [InlineData("a1~ b2~", "|2", "1")]
    [InlineData("a1 b2~ > >", "2|", "")]
    [InlineData("b2 a1~ >", "2|1", "")]
    [InlineData("a1 a2~", "|1 2", "")]
    [InlineData("a1~ !b", "|1", "")]
    [InlineData("a1~ !a", "|", "1")]
    [InlineData("a1@5 >", "|1", "")]
    [InlineData("a1@5 =4 >", "|1", "")]
    [InlineData("a1@5 =5 >", "1|", "")]
    [InlineData("a1@5 b2 >", "2|1", "")]
    [InlineData("a1@5 a2", "|2", "1")]
    [InlineData("a1@5 b2~ >", "2|1", "")]
    public void Events_LeadToAState(string events, string state, string dropped)
    {
        CompletionQueue queue = CompletionQueue.Empty;
        var gone = new List<long>();
        var tickets = new Dictionary<char, Ticket>();
        long clock = 0;
        foreach (string e in events.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            ImmutableArray<Ticket> now = [];
            switch (e[0])
            {
                case '>':
                    queue = queue.Next(clock);
                    break;
                case '=':
                    clock = long.Parse(e[1..], CultureInfo.InvariantCulture);
                    break;
                case '-':
                    queue = queue.Cancel(tickets[e[1]]);
                    break;
                case '!':
                    (queue, now) = queue.Edit(e[1..]);
                    break;
                default:
                    tickets[e[1]] = new Ticket(e[1] - '0', e[..1], e.EndsWith('~'), e.Contains('@') ? long.Parse(e[3..], CultureInfo.InvariantCulture) : 0);
                    (queue, now) = queue.Ask(tickets[e[1]]);
                    break;
            }

            gone.AddRange(now.Select(t => t.Id));
        }

        Assert.Equal(state, $"{queue.Running?.Id}|{string.Join(' ', queue.Waiting.Select(t => t.Id))}");
        Assert.Equal(dropped, string.Join(' ', gone));
    }
}
