namespace Tritter.Remote;

/// <summary>A model on another machine that its user named: any that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama, a team's own).</summary>
/// <param name="Address">Of the API, such as <c>http://localhost:8000/v1</c>.</param>
/// <param name="Model">As the server calls it.</param>
/// <param name="Key">Null where the server wants none.</param>
/// <param name="MaxTokens">Most tokens that it is given, <see cref="FewestTokens"/> to <see cref="MostTokens"/>.</param>
public sealed record RemoteEndpoint(Uri Address, string Model, string? Key, int MaxTokens = RemoteEndpoint.UsualTokens)
{
    public const int UsualTokens = 8192;
    public const int FewestTokens = 1024;
    public const int MostTokens = 131072;

    /// <summary>Where code goes to, for people to see.</summary>
    public string Host => Address.IsDefaultPort ? Address.Host : $"{Address.Host}:{Address.Port}";

    /// <returns>Null when the address is none that could be sent to.</returns>
    public static Uri? ToAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri : null;
}
