using StreamJsonRpc;
using StreamJsonRpc.Protocol;
using StreamJsonRpc.Reflection;

namespace Tritter.Server.Lsp;

/// <summary>
/// Frames messages with LSP's headers, and answers on the spot what must not be dispatched: malformed messages and those that
/// <see cref="Lifecycle"/> refuses. It sees messages in the order of their arrival, before any of them runs.
/// </summary>
internal sealed class LspMessageHandler(Stream output, Stream input, Action<string> log)
    : HeaderDelimitedMessageHandler(output, input, new LspFormatter())
{
    private volatile Phase _phase;

    /// <summary>The phase after the last message that was read.</summary>
    public Phase Phase => _phase;

    protected override async ValueTask<JsonRpcMessage?> ReadCoreAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            JsonRpcMessage? message;
            try
            {
                message = await base.ReadCoreAsync(cancellationToken);
            }
            catch (MalformedMessageException e)
            {
                log($"refused a message: {e.Message}");
                await RefuseAsync(RequestId.Null, e.Code, e.Message, cancellationToken);
                continue;
            }

            if (message is not JsonRpcRequest request || await IsAdmittedAsync(request, cancellationToken))
            {
                return message;
            }

            // The base class holds the message's bytes until it is told that they are no longer needed.
            ((IJsonRpcMessageBufferManager)this).DeserializationComplete(request);
        }
    }

    private async ValueTask<bool> IsAdmittedAsync(JsonRpcRequest request, CancellationToken cancellationToken)
    {
        (Admission admission, _phase) = Lifecycle.Admit(_phase, request.Method ?? "", request.IsResponseExpected);
        switch (admission)
        {
            case Admission.Dispatch:
                return true;
            case Admission.RefuseAsNotInitialized:
                await RefuseAsync(request.RequestId, LspErrorCodes.ServerNotInitialized, $"{request.Method} came before initialize", cancellationToken);
                return false;
            case Admission.RefuseAsInvalid:
                string when = _phase == Phase.ShutDown ? "after shutdown" : "twice";
                await RefuseAsync(request.RequestId, JsonRpcErrorCode.InvalidRequest, $"{request.Method} came {when}", cancellationToken);
                return false;
            default:
                return false;
        }
    }

    private ValueTask RefuseAsync(RequestId id, JsonRpcErrorCode code, string message, CancellationToken cancellationToken)
    {
        JsonRpcError error = ((IJsonRpcMessageFactory)Formatter).CreateErrorMessage();
        error.RequestId = id;
        error.Error = new JsonRpcError.ErrorDetail { Code = code, Message = message };
        return WriteAsync(error, cancellationToken);
    }
}
