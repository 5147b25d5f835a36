namespace Tritter.Core.Completion;

/// <summary>The closing brackets and quotes that text still owes: what an editor puts behind the cursor when their openers are typed.</summary>
internal sealed class PendingClosers
{
    private readonly Stack<char> _pending = new();

    /// <summary>Innermost first.</summary>
    public IEnumerable<char> Innermost => _pending;

    /// <summary>Reads on.</summary>
    /// <returns>How many are pending now: fewer than before when <paramref name="c"/> closed one.</returns>
    public int Read(char c)
    {
        if (_pending.TryPeek(out char due) && c == due)
        {
            _pending.Pop();
        }
        else if (!_pending.TryPeek(out due) || due is not ('"' or '\'' or '`'))
        {
            switch (c)
            {
                case '(':
                    _pending.Push(')');
                    break;
                case '[':
                    _pending.Push(']');
                    break;
                case '{':
                    _pending.Push('}');
                    break;
                case '"' or '\'' or '`':
                    _pending.Push(c);
                    break;
            }
        }

        return _pending.Count;
    }
}
