using System.Collections.Immutable;
using Tritter.Server.Completions;

namespace Tritter.Server.Tests.Pure;

/// <summary>
/// Scheduling as a table. Events: <c>a1</c> asks number 1 about document a, <c>!a</c> edits it, <c>-1</c> cancels number 1, <c>&gt;</c> frees the thread.
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
    public void Events_LeadToAState(string events, string state, string dropped)
    {
        CompletionQueue queue = CompletionQueue.Empty;
        var gone = new List<long>();
        var tickets = new Dictionary<char, Ticket>();
        foreach (string e in events.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            ImmutableArray<Ticket> now = [];
            switch (e[0])
            {
                case '>':
                    queue = queue.Next();
                    break;
                case '-':
                    queue = queue.Cancel(tickets[e[1]]);
                    break;
                case '!':
                    (queue, now) = queue.Edit(e[1..]);
                    break;
                default:
                    tickets[e[1]] = new Ticket(e[1] - '0', e[..1]);
                    (queue, now) = queue.Ask(tickets[e[1]]);
                    break;
            }

            gone.AddRange(now.Select(t => t.Id));
        }

        Assert.Equal(state, $"{queue.Running?.Id}|{string.Join(' ', queue.Waiting.Select(t => t.Id))}");
        Assert.Equal(dropped, string.Join(' ', gone));
    }
}
