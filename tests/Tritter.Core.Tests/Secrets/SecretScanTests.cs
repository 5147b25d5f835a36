using Tritter.Core.Secrets;

namespace Tritter.Core.Tests.Secrets;

public sealed class SecretScanTests
{
    // Put together here, so that no scanner takes this file itself for a leak.
    private static readonly string _letters = string.Concat("aB3dE6gH9jK2", "mN5pQ8sT1vW4", "yZ7bC0eF3hJ6");

    /// <summary>What stands between ‹ and › is the secret; nothing else may be blanked out.</summary>
    [Theory]
    [InlineData("a.cs", "var apiKey = \"‹9f8e7d6c5b4a39281706›\";")]
    [InlineData("a.cs", "string password = \"‹Tr0ub4dor&3›\";")]
    [InlineData("a.py", "AWS_SECRET_ACCESS_KEY = '‹wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY›'")]
    [InlineData("a.json", "{ \"ClientSecret\": \"‹q8~Xy7ZpLk2!mNvB›\" }")]
    [InlineData("a.yml", "token: ‹4a5b6c7d8e9f0a1b2c3d4e5f›\nname: x")]
    [InlineData("a.json", "\"Db\": \"Server=db;User Id=sa;Password=‹hunter2!›;Encrypt=true\"")]
    [InlineData("a.cs", "\"AccountName=x;AccountKey=‹Zm9vYmFyYmF6cXV4Zm9v==›\"")]
    [InlineData("a.py", "url = \"postgres://app:‹s3cr3t›@db.example.org/x\"")]
    [InlineData("a.http", "Authorization: Bearer ‹abc123def456ghi789jkl›")]
    [InlineData(".env", "NAME=‹value›\nexport OTHER=‹\"two words\"›\n# comment\n")]
    [InlineData("a.txt", "-----BEGIN RSA PRIVATE KEY-----‹\nMIIEow\nIBAA\n›-----END RSA PRIVATE KEY-----")]
    [InlineData("a.cs", "string password = ReadPassword();")]
    [InlineData("a.cs", "password = typed; token = next;")]
    [InlineData("a.cs", "sealed class SetMasterPasswordCommandV1 : ISetMasterPasswordCommandV1\n{ }")]
    [InlineData("a.json", "\"token_endpoint\": \"https://id.example.org/connect/token2\"")]
    [InlineData("a.cs", "public CancellationToken Token = CancellationToken.None;")]
    [InlineData("a.cs", "const string PasswordKey = \"settings.password\";")]
    [InlineData("a.cs", "const string TokenEndpoint = \"connect/token\";")]
    [InlineData("a.yml", "password: ${DB_PASSWORD}\nsecret: <your secret>")]
    [InlineData("a.cs", "var password = \"your-password-here\";")]
    [InlineData("a.py", "token = \"<fim_middle>\"")]
    [InlineData("a.cs", "\"Server=db;Password={password}\"")]
    [InlineData("a.md", "see https://user@example.org and http://host:8080/path@x")]
    [InlineData("a.rs", "let tokens = tokenizer.encode(\"a long text with words\");")]
    [InlineData("a.cs", "<PublicKeyToken>b77a5c561934e089</PublicKeyToken>")]
    public void Values_are_found_and_nothing_else(string path, string marked)
    {
        string text = marked.Replace("‹", "", StringComparison.Ordinal).Replace("›", "", StringComparison.Ordinal);

        Assert.Equal(marked, Mark(text, SecretScan.Find(path, text)));
    }

    [Fact]
    public void Tokens_of_known_providers_are_found_anywhere()
    {
        string[] tokens =
        [
            "AKIA" + "IOSFODNN7EXAMPL3", "ghp_" + _letters, "github_pat_" + _letters, "glpat-" + _letters[..20], "xoxb-" + "123456789012-abc", "sk_live_" + _letters, "sk-proj-" + _letters,
            "AIza" + _letters[..35], "npm_" + _letters, "hf_" + _letters, "SG." + _letters[..20] + "." + _letters[..20], "eyJ" + _letters + ".eyJ" + _letters + "." + _letters,
        ];

        Assert.All(tokens, token => Assert.Equal($"call(x, ‹{token}›)", Mark($"call(x, {token})", SecretScan.Find("a.cs", $"call(x, {token})"))));
    }

    [Fact]
    public void Blanking_out_keeps_every_place_and_line()
    {
        const string Text = "a\n-----BEGIN PRIVATE KEY-----\nMII\nEow\n-----END PRIVATE KEY-----\nb";

        Assert.Equal("a\n-----BEGIN PRIVATE KEY-----\n***\n***\n-----END PRIVATE KEY-----\nb", SecretScan.Redact("a.txt", Text));
    }

    [Theory]
    [InlineData("home/.ssh/id_rsa", true)]
    [InlineData("certs/site.PEM", true)]
    [InlineData(".npmrc", true)]
    [InlineData("src/Key.cs", false)]
    [InlineData("id_rsa.md", false)]
    public void Keys_are_known_by_their_names(string path, bool isKey)
    {
        Assert.Equal(isKey, SecretFiles.IsKey(path));
    }

    private static string Mark(string text, IReadOnlyList<Secret> secrets) =>
        secrets.Reverse().Aggregate(text, (marked, s) => marked.Insert(s.Start + s.Length, "›").Insert(s.Start, "‹"));
}
