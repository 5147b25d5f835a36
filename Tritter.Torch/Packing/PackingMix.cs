namespace Tritter.Torch.Packing;

/// <summary>Shares of the forms that a file is trained in.</summary>
/// <param name="Fim">Of code files that get cursors; the others are read as they are.</param>
/// <param name="SuffixFirst">Of prompts with the suffix before the prefix, as the server sends them.</param>
/// <param name="Healed">Of prompts without the begun word, as the server sends them.</param>
/// <param name="Context">Of prompts with other files before.</param>
/// <param name="Signatures">Of those, the ones that show signatures only, as the server does.</param>
public sealed record PackingMix(double Fim = 0.75, double SuffixFirst = 0.8, double Healed = 0.85, double Context = 0.3, double Signatures = 0.6);
