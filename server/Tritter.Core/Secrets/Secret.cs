namespace Tritter.Core.Secrets;

/// <summary>A value in a text that nobody else should see.</summary>
/// <param name="Start">Offset of the value alone, in UTF-16 code units: the name it is assigned to and its quotes stay.</param>
/// <param name="Length">UTF-16 code units.</param>
/// <param name="Kind">What it looks like, such as "private key"; for people.</param>
public readonly record struct Secret(int Start, int Length, string Kind);
