namespace Tritter.Repository.Index;

/// <summary>What a run of the <see cref="Indexer"/> did.</summary>
/// <param name="Indexed">Files that were new or had changed.</param>
/// <param name="Removed">Files that are gone, or are not wanted any more.</param>
/// <param name="Unchanged">Files that were as the index had them.</param>
/// <param name="Seconds">From listing the files to the last commit.</param>
public sealed record IndexSummary(int Indexed, int Removed, int Unchanged, double Seconds);

/// <summary>How far an <see cref="Indexer"/> is.</summary>
/// <param name="Total">Files to look at.</param>
public readonly record struct IndexProgress(int Done, int Total);
