namespace Tritter.VisualStudio.Protocol;

/// <summary><c>tritter/status</c>.</summary>
/// <param name="State">starting, ready, busy or error.</param>
/// <param name="Progress">0 to 1 while something long goes on.</param>
public sealed record ServerStatus(string State, string? Reason = null, string? Model = null, double? Progress = null)
{
    /// <summary>One line for a status bar.</summary>
    public string Line => State switch
    {
        "starting" => "Tritter: loading the model" + (Progress is { } p ? $", {p * 100:0} %" : "…"),
        "ready" => "Tritter: ready" + (Model is null ? "" : $" ({Model})"),
        "busy" => "Tritter: thinking…",
        "error" => "Tritter: " + (Reason ?? "the model cannot be used"),
        _ => "Tritter: " + State,
    };
}

/// <summary><c>tritter/stats</c>, as far as it is shown here.</summary>
public sealed record ServerStats(string? Model, double TokensPerSecond, int Requests, int Answered, int Shown, int Accepted, int PartiallyAccepted, double MemoryMb);
