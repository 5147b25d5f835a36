namespace Tritter.Server.Lsp;

// window/logMessage and window/showMessage, window/workDoneProgress/create and $/progress.

internal enum MessageType
{
    Error = 1,
    Warning = 2,
    Info = 3,
    Log = 4,
}

internal sealed record LogMessageParams(MessageType Type, string Message);

internal sealed record WorkDoneProgressCreateParams(string Token);

internal sealed record ProgressParams(string Token, WorkDoneProgress Value);

/// <param name="Kind"><c>begin</c>, <c>report</c> or <c>end</c>.</param>
/// <param name="Title">Only with <c>begin</c>.</param>
/// <param name="Percentage">0 to 100; null where it is not known how much there is to do.</param>
internal sealed record WorkDoneProgress(string Kind, string? Title = null, string? Message = null, int? Percentage = null);
