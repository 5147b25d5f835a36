using Tritter.Core.Explain;
using Tritter.Server.Answers;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>textDocument/hover</c>: a C# symbol in a few lines, for who has asked for it in the settings.</summary>
internal static class HoverCode
{
    public static async Task<Hover?> HandleAsync(ServerState state, Answering answering, HoverParams parameters, CancellationToken cancellationToken)
    {
        Snapshot now = state.Current;
        if (!now.Settings.Hover || !parameters.TextDocument.Uri.StartsWith("file:", StringComparison.Ordinal))
        {
            return null;
        }

        var texts = new ClientTexts(now);
        ExplainRequest request = texts.ToRequest(new ExplainParams(parameters.TextDocument, Position: parameters.Position));
        string root = texts.RootOf(request.Path);
        return await Task.Run(() => answering.Hover(root, request, texts.Open, cancellationToken), cancellationToken) is { } text ? new Hover(new MarkupContent("markdown", text)) : null;
    }
}
