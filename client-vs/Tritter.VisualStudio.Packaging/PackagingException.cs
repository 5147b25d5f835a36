namespace Tritter.VisualStudio.Packaging;

/// <summary>What should go into the extension does not fit. The message is one line.</summary>
internal sealed class PackagingException(string message) : Exception(message);
