namespace Tritter.Core.Evaluation;

/// <summary>A question whose answer somebody checked by hand.</summary>
/// <param name="Repository">Owner and name; a checkout's folder is called as the name.</param>
/// <param name="Commit">The commit at which the answer holds.</param>
/// <param name="Level">How hard it is: easy, medium or hard.</param>
/// <param name="Kind">What kind of answer it wants; <c>search</c> for what cannot be answered exactly.</param>
/// <param name="Symbols">Ends of the qualified names that must be cited.</param>
/// <param name="Files">Files of which one must be cited, relative.</param>
/// <param name="Text">What the text must say.</param>
/// <param name="Only">Whether nothing but these and the subject may be cited.</param>
public sealed record AskCase(
    string Repository, string Commit, string Level, string Question, string Kind, string[]? Symbols = null, string[]? Files = null, string[]? Text = null, bool Only = false);
