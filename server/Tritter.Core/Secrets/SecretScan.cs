using System.Text.RegularExpressions;

namespace Tritter.Core.Secrets;

/// <summary>
/// Finds passwords, tokens and keys in texts and blanks them out. It errs on the side of redacting: a blanked test password costs nothing.
/// </summary>
public static partial class SecretScan
{
    private const char Blank = '*';
    private const int MinAssignedCharacters = 8;
    private const double MinBitsOfASecret = 3.0;
    private const int MinOpaqueCharacters = 32;
    private const double MinBitsOfAnOpaqueString = 4.5;

    private const string SecretWords =
        "(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|client[_-]?key|credentials?)";

    private static readonly HashSet<string> _plain =
        new(StringComparer.OrdinalIgnoreCase) { ".yml", ".yaml", ".ini", ".conf", ".cfg", ".config", ".properties", ".toml", ".txt", ".md", ".sh", ".http" };

    /// <summary>What a text has to contain somewhere before the costly patterns are tried on it.</summary>
    private static readonly System.Buffers.SearchValues<string> _hints = System.Buffers.SearchValues.Create(
        [
            "PRIVATE KEY", "password", "passwd", "pwd", "passphrase", "secret", "token", "api_key", "apikey", "api-key", "accesskey", "access_key", "access-key", "accountkey",
            "private_key", "privatekey", "client_key", "signing_key", "signingkey", "encryption_key", "encryptionkey", "credential", "authorization", "bearer", "://",
            "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "sk_live_", "sk_test_", "rk_live_", "sk-", "AIza", "npm_", "pypi-", "eyJ", "SG.", "hf_", "dop_v1_", "oy2",
        ],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>The secrets of a file, in order and without overlap.</summary>
    /// <param name="path">Its name decides whether every value in it is one, as in <c>.env</c>.</param>
    public static IReadOnlyList<Secret> Find(string path, string text)
    {
        var found = new List<Secret>();
        if (SecretFiles.HoldsOnlyValues(path))
        {
            Add(found, EnvironmentValue().Matches(text), "environment value");
        }

        if (text.AsSpan().ContainsAny(_hints))
        {
            Add(found, PrivateKey().Matches(text), "private key");
            Add(found, KnownToken().Matches(text), "token");
            Add(found, UrlPassword().Matches(text), "password in an address", IsNoPlaceholder);
            Add(found, ConnectionStringPassword().Matches(text), "password in a connection string", IsNoPlaceholder);
            Add(found, Assignment().Matches(text), "assigned secret", IsSecretLike);
            if (_plain.Contains(Path.GetExtension(path)))
            {
                Add(found, PlainAssignment().Matches(text), "assigned secret", IsSecretLike);
            }

            Add(found, BearerToken().Matches(text), "token", IsSecretLike);
        }

        return found.Count < 2 ? found : WithoutOverlap(found);
    }

    /// <summary>The text with every secret blanked out character by character: offsets and lines stay what they were.</summary>
    public static string Redact(string text, IReadOnlyList<Secret> secrets) => secrets.Count == 0 ? text : string.Create(text.Length, (text, secrets), (blanked, source) =>
    {
        source.text.CopyTo(blanked);
        foreach (Secret secret in source.secrets)
        {
            foreach (ref char c in blanked.Slice(secret.Start, secret.Length))
            {
                c = c is '\n' or '\r' ? c : Blank;
            }
        }
    });

    /// <summary>A file's text without its secrets.</summary>
    public static string Redact(string path, string text) => Redact(text, Find(path, text));

    /// <summary>Bits of information in each character, from how often each occurs: 0 to about 6.</summary>
    internal static double BitsPerCharacter(ReadOnlySpan<char> value)
    {
        double bits = 0;
        foreach ((_, int count) in value.ToString().CountBy(c => c))
        {
            double share = (double)count / value.Length;
            bits -= share * Math.Log2(share);
        }

        return bits;
    }

    private static void Add(List<Secret> found, MatchCollection matches, string kind, Func<string, string, bool>? isSecret = null)
    {
        foreach (Match match in matches)
        {
            Group value = match.Groups["v"];
            if (value.Length > 0 && (isSecret is null || isSecret(match.Groups["n"].Value, value.Value)))
            {
                found.Add(new Secret(value.Index, value.Length, kind));
            }
        }
    }

    private static List<Secret> WithoutOverlap(List<Secret> found)
    {
        var merged = new List<Secret>();
        foreach (Secret secret in found.OrderBy(s => s.Start).ThenByDescending(s => s.Length))
        {
            if (merged.Count > 0 && secret.Start < merged[^1].Start + merged[^1].Length)
            {
                int end = Math.Max(merged[^1].Start + merged[^1].Length, secret.Start + secret.Length);
                merged[^1] = merged[^1] with { Length = end - merged[^1].Start };
            }
            else
            {
                merged.Add(secret);
            }
        }

        return merged;
    }

    /// <summary>Whether a value assigned to a name such as apiKey is one, and not a word, a placeholder or a reference to where it is kept.</summary>
    private static bool IsSecretLike(string name, string value)
    {
        // Where a token is to be had is no token.
        if (value.Length < MinAssignedCharacters || value.Contains("://", StringComparison.Ordinal) || !IsNoPlaceholder(name, value))
        {
            return false;
        }

        bool mixed = value.Any(char.IsDigit) || value.Any(c => !char.IsLetterOrDigit(c) && c is not ('.' or '_' or '-' or ' '));
        bool opaque = value.Length >= MinOpaqueCharacters && BitsPerCharacter(value) >= MinBitsOfAnOpaqueString;
        bool isPassword = name.Contains("pass", StringComparison.OrdinalIgnoreCase) || name.Contains("pwd", StringComparison.OrdinalIgnoreCase);
        return !value.Contains(' ') && (opaque || (BitsPerCharacter(value) >= (isPassword ? MinBitsOfASecret - 0.5 : MinBitsOfASecret) && mixed));
    }

    // ${VAR}, {0}, <password>, %PW%, $(pw) and the like name a secret that is kept elsewhere.
    private static bool IsNoPlaceholder(string name, string value) =>
        value.Length > 1 && !value.StartsWith('$') && !value.StartsWith('{') && !value.StartsWith('<') && !value.StartsWith('%') && !value.StartsWith('@')
        && !value.All(c => c is '*' or 'x' or 'X' or '.' or '-') && !Placeholder().IsMatch(value);

    [GeneratedRegex(@"^(?:your|my|the|example|sample|changeme|placeholder|todo|none|null|true|false)(?:[-_ ].*)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.-]*[ \t]*[=:][ \t]*(?<v>[^\r\n]+?)[ \t]*\r?$", RegexOptions.Multiline)]
    private static partial Regex EnvironmentValue();

    // The header and the footer stay, so that it can be seen what was there. A key that is cut off is one to its end.
    [GeneratedRegex(@"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?<v>[^-]*)(?:-----END|\z|-)")]
    private static partial Regex PrivateKey();

    [GeneratedRegex(
        """
        (?<![A-Za-z0-9])(?<v>
            (?:AKIA|ASIA)[A-Z0-9]{16}
          | gh[pousr]_[A-Za-z0-9]{30,}
          | github_pat_[A-Za-z0-9_]{30,}
          | glpat-[A-Za-z0-9_-]{20,}
          | xox[abeoprs]-[A-Za-z0-9-]{10,}
          | [sr]k_(?:live|test)_[A-Za-z0-9]{16,}
          | sk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{20,}
          | AIza[A-Za-z0-9_-]{35}
          | npm_[A-Za-z0-9]{36}
          | pypi-[A-Za-z0-9_-]{50,}
          | hf_[A-Za-z0-9]{30,}
          | dop_v1_[a-f0-9]{64}
          | oy2[a-z0-9]{43}
          | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
          | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
        )(?![A-Za-z0-9])
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex KnownToken();

    [GeneratedRegex(@"\b[a-z][a-z0-9+.-]*://[^\s:/@'""<>]+:(?<v>[^\s:/@'""<>]+)@", RegexOptions.IgnoreCase)]
    private static partial Regex UrlPassword();

    // Only behind a quote or a semicolon: "password = typed;" alone is code.
    [GeneratedRegex(@"[;""'`][ ]?(?:password|pwd|accountkey|sharedaccesskey|sharedsecretkey)[ ]?=[ ]?(?<v>[^;""'`\r\n]{2,})", RegexOptions.IgnoreCase)]
    private static partial Regex ConnectionStringPassword();

    // A name that ends in a word for a secret, then a string: JSON, YAML, C#, Python, TypeScript, Rust, XML attributes.
    [GeneratedRegex(
        """(?<n>[\w.-]*"""
        + SecretWords
        + """[\w-]{0,16}?)["'\]]*\s*(?::\s*[\w&.<>\[\]?']{0,40}?\s*=|:=|=>|[=:])\s*[@$bruf]{0,2}["'`](?<v>[^"'`\r\n]{8,})["'`]""",
        RegexOptions.IgnoreCase)]
    private static partial Regex Assignment();

    // The same without quotes, which in code would be a type or a variable.
    [GeneratedRegex("""(?<n>[\w.-]*""" + SecretWords + """[\w-]{0,16}?)\s*[=:]\s*(?<v>[A-Za-z0-9+/_=.~!-]{20,})(?=[ \t]*\r?(?:\n|\z))""", RegexOptions.IgnoreCase)]
    private static partial Regex PlainAssignment();

    [GeneratedRegex(@"\b(?:Bearer|Basic)[ ]+(?<v>[A-Za-z0-9+/_.~-]{16,}={0,2})")]
    private static partial Regex BearerToken();
}
