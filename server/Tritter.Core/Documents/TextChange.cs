namespace Tritter.Core.Documents;

/// <summary>One replacement in a document: the characters from <paramref name="Start"/> up to <paramref name="End"/> become <paramref name="NewText"/>.</summary>
/// <param name="Start">UTF-16 offset of the first replaced character.</param>
/// <param name="End">UTF-16 offset after the last replaced character; equal to <paramref name="Start"/> for an insertion.</param>
/// <param name="NewText">What stands there afterwards; empty for a deletion.</param>
public readonly record struct TextChange(int Start, int End, string NewText);
