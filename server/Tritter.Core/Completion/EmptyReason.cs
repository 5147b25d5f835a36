namespace Tritter.Core.Completion;

/// <summary>Why there is no suggestion, in texts that stay the same: they are counted, and shown to users.</summary>
public static class EmptyReason
{
    public const string Off = "tritter.completion.enabled is false";
    public const string NotAutomatic = "tritter.completion.automatic is false";
    public const string LanguageOff = "tritter.completion.languages turns this language off";
    public const string Ignored = ".tritterignore names this file";
    public const string Comment = "the cursor is in a comment";
    public const string NotOpen = "the document is not open";
    public const string NoModel = "there is no model";
    public const string TooLong = "the prompt does not fit the model";
    public const string NoToken = "no token of the model fits what was typed";
    public const string NothingToAdd = "the model has nothing to add here";
    public const string Blank = "the model answered nothing but white space";
    public const string Repeats = "the suggestion repeats what stands after the cursor";
    public const string NotSure = "the model is not sure of the suggestion";
    public const string OwnToken = "the suggestion is one of the model's own tokens";
    public const string Mismatched = "the suggestion closes a bracket with one of another kind";
    public const string Loop = "the suggestion says the same again and again";
    public const string LineBelow = "the suggestion repeats the line below";
    public const string LinesAbove = "the suggestion repeats the lines above";
    public const string DoesNotCompile = "the suggestion would not compile";
    public const string Unfinished = "no whole suggestion was ready in time";
    public const string Unjudged = "the compiler needed too long to judge the suggestion";
    public const string Unknown = "the model gave no reason";
}
