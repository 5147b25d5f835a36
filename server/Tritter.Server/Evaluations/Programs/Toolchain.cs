namespace Tritter.Server.Evaluations.Programs;

/// <summary>Makes programs of one language ready to run.</summary>
internal abstract class Toolchain
{
    /// <summary>The language as people write it.</summary>
    public abstract string Language { get; }

    /// <summary>What must be installed, for the message that it is not.</summary>
    public abstract string Needs { get; }

    /// <summary>A program that ends well.</summary>
    public abstract string Sample { get; }

    /// <returns>Null when the source does not compile.</returns>
    public abstract Task<Executable?> BuildAsync(string source, Confinement confinement, CancellationToken cancellationToken);
}
