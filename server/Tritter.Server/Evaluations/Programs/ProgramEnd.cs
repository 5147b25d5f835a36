namespace Tritter.Server.Evaluations.Programs;

/// <summary>How a program ended.</summary>
internal enum ProgramEnd
{
    /// <summary>With exit code 0.</summary>
    Passed,

    /// <summary>With another exit code, or by a signal: an assertion, no memory left, something that it may not do.</summary>
    Failed,

    TimedOut,

    /// <summary>It never ran.</summary>
    DoesNotCompile,
}
