using Microsoft.CodeAnalysis;

namespace Tritter.Core.CSharp;

/// <summary>Errors of a text as a bag of what they say: which were there before an edit can be told although places move.</summary>
public sealed class ErrorCount
{
    private readonly Dictionary<(string Id, string Message), int> _counts = [];

    public static ErrorCount Of(IEnumerable<Diagnostic> errors)
    {
        var count = new ErrorCount();
        foreach (Diagnostic error in errors)
        {
            count._counts[Key(error)] = count._counts.GetValueOrDefault(Key(error)) + 1;
        }

        return count;
    }

    /// <summary>For each error the higher of both counts.</summary>
    public ErrorCount Or(ErrorCount other)
    {
        var union = new ErrorCount();
        foreach (((string, string) key, int count) in _counts.Concat(other._counts))
        {
            union._counts[key] = Math.Max(union._counts.GetValueOrDefault(key), count);
        }

        return union;
    }

    /// <summary>Those of <paramref name="errors"/> that were not there before, in their order.</summary>
    public IEnumerable<Diagnostic> New(IEnumerable<Diagnostic> errors)
    {
        var left = new Dictionary<(string, string), int>(_counts);
        foreach (Diagnostic error in errors)
        {
            if (left.TryGetValue(Key(error), out int count) && count > 0)
            {
                left[Key(error)] = count - 1;
            }
            else
            {
                yield return error;
            }
        }
    }

    private static (string, string) Key(Diagnostic error) => (error.Id, error.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
}
