namespace Tritter.Core.Secrets;

/// <summary>Files that are known by their names to hold secrets.</summary>
public static class SecretFiles
{
    private static readonly HashSet<string> _keyExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".pem", ".key", ".pfx", ".p12", ".p8", ".jks", ".keystore", ".kdbx", ".kdb", ".ppk", ".asc", ".gpg", ".pgp", ".snk", ".ovpn", ".der", ".agekey",
    };

    private static readonly HashSet<string> _keyNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".htpasswd", ".netrc", "_netrc", ".pgpass", ".pypirc", ".git-credentials", ".npmrc", ".dockercfg",
        "credentials", "secrets.json", "secrets.yml", "secrets.yaml", "service-account.json", "master.key", "shadow",
    };

    /// <summary>Whether the file is a key or a list of them: nothing of it is ever read.</summary>
    public static bool IsKey(string path)
    {
        string name = Path.GetFileName(path);
        return _keyNames.Contains(name) || _keyExtensions.Contains(Path.GetExtension(name)) || name.EndsWith(".tfstate", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the file is made of names and values of which any value may be a secret: <c>.env</c>, <c>.env.local</c>, <c>prod.env</c>.</summary>
    public static bool HoldsOnlyValues(string path)
    {
        string name = Path.GetFileName(path);
        return name.Equals(".env", StringComparison.OrdinalIgnoreCase) || name.StartsWith(".env.", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".env", StringComparison.OrdinalIgnoreCase) || name.Equals(".envrc", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".tfvars", StringComparison.OrdinalIgnoreCase);
    }
}
