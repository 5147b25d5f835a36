namespace Tritter.Server.Lsp;

/// <summary>How far the client has gone from <c>initialize</c> to <c>exit</c>.</summary>
internal enum Phase
{
    Created,
    Running,
    ShutDown,
}

/// <summary>What happens to a message in a phase.</summary>
internal enum Admission
{
    Dispatch,
    Drop,
    RefuseAsNotInitialized,
    RefuseAsInvalid,
}

/// <summary>The order of messages that LSP demands, as a pure function of the messages in the order of their arrival.</summary>
internal static class Lifecycle
{
    /// <summary>What to do with a message that arrives in <paramref name="phase"/>, and the phase after it.</summary>
    /// <param name="isRequest">Whether the client awaits an answer.</param>
    public static (Admission Admission, Phase Next) Admit(Phase phase, string method, bool isRequest) => (phase, method) switch
    {
        (_, "exit") => (Admission.Dispatch, phase),
        (Phase.Created, "initialize") => (Admission.Dispatch, Phase.Running),
        (Phase.Created, _) => (isRequest ? Admission.RefuseAsNotInitialized : Admission.Drop, phase),
        (Phase.Running, "initialize") => (Admission.RefuseAsInvalid, phase),
        (Phase.Running, "shutdown") => (Admission.Dispatch, Phase.ShutDown),
        (Phase.Running, _) => (Admission.Dispatch, phase),
        (_, "$/cancelRequest") => (Admission.Dispatch, phase),
        _ => (isRequest ? Admission.RefuseAsInvalid : Admission.Drop, phase),
    };
}
