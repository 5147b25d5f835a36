using System;
using System.Threading;
using System.Threading.Tasks;

namespace Resilience;

public sealed class RetryPolicy
{
    private readonly int _maxAttempts;
    private readonly TimeSpan _delay;

    public RetryPolicy(int maxAttempts, TimeSpan delay)
    {
        if (maxAttempts < 1)
        {
            throw new ArgumentOutOfRangeException(
        }

        _maxAttempts = maxAttempts;
        _delay = delay;
    }

    public async Task<T> ExecuteAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await action(cancellationToken);
            }
            catch (Exception) when (attempt < _maxAttempts)
            {
                await Task.Delay(_delay * attempt, cancellationToken);
            }
        }
    }
}
