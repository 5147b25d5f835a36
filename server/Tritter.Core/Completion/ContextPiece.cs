namespace Tritter.Core.Completion;

/// <summary>Text of another file that is shown to the model before the one being completed.</summary>
/// <param name="Path">As the model is to see it, with '/' separators.</param>
/// <param name="Text">Lines ending in \n.</param>
public sealed record ContextPiece(string Path, string Text);
