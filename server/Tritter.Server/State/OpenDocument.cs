using Tritter.Core.Documents;

namespace Tritter.Server.State;

/// <summary>One version of a document that the client has open.</summary>
/// <param name="Uri">As the client spells it: the key under which every later message names it.</param>
/// <param name="Repository">Name of the workspace folder that holds it; null outside of all folders.</param>
/// <param name="Lines">Of <paramref name="Document"/>'s text.</param>
internal sealed record OpenDocument(string Uri, string? Repository, Document Document, LineIndex Lines);
