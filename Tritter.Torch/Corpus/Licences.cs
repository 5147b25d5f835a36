namespace Tritter.Torch.Corpus;

/// <summary>Which licence a text is, by its wording. Only permissive ones are trained on.</summary>
public static class Licences
{
    /// <summary>Wording that a permissive licence never has. Looked for first: such texts often quote a permissive one, too.</summary>
    private static readonly string[] _refused =
    [
        "gnu general public license", "gnu lesser general public", "gnu affero", "mozilla public license", "eclipse public license",
        "attribution-noncommercial", "noncommercial", "non-commercial", "proprietary", "end user license agreement", "license agreement",
        "server side public license", "business source license", "commons clause", "cc-by-nc", "cc by-nc", "elastic license",
    ];

    private static readonly (string Name, string[] Wording)[] _permissive =
    [
        ("Apache-2.0", ["apache license", "version 2.0"]),
        ("MIT", ["permission is hereby granted, free of charge", "the software is provided"]),
        ("BSD-3-Clause", ["redistribution and use in source and binary forms", "neither the name"]),
        ("BSD-2-Clause", ["redistribution and use in source and binary forms", "this list of conditions"]),
        ("ISC", ["permission to use, copy, modify, and/or distribute this software for any purpose"]),
        ("Unlicense", ["this is free and unencumbered software released into the public domain"]),
        ("CC0-1.0", ["cc0 1.0 universal"]),
        ("MS-PL", ["microsoft public license"]),
        ("PSF-2.0", ["python software foundation license"]),
        ("BSL-1.0", ["boost software license"]),
        ("Zlib", ["altered source versions must be plainly marked as such"]),
    ];

    public static bool IsLicenceFile(string path)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        return (name.StartsWith("license", StringComparison.Ordinal) || name.StartsWith("licence", StringComparison.Ordinal) ||
            name.StartsWith("copying", StringComparison.Ordinal) || name.StartsWith("unlicense", StringComparison.Ordinal)) &&
            Path.GetExtension(name) is "" or ".md" or ".txt" or ".rst" or ".mit" or ".apache";
    }

    /// <returns>The name of a permissive licence; null for any other text.</returns>
    public static string? Permissive(string text)
    {
        string words = string.Join(' ', text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace('“', '"').Replace('”', '"');
        foreach ((string name, string[] wording) in _permissive)
        {
            if (wording.All(w => words.Contains(w, StringComparison.Ordinal)) &&
                // Apache's own text speaks of "license agreement" and of licences in general.
                (name == "Apache-2.0" || !_refused.Any(r => words.Contains(r, StringComparison.Ordinal))))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Whether a file's own head puts it under terms that are not permissive.</summary>
    public static bool HeadRefuses(string text)
    {
        string head = text[..Math.Min(text.Length, 2500)].ToLowerInvariant();
        return head.Contains("spdx-license-identifier: gpl", StringComparison.Ordinal) || head.Contains("spdx-license-identifier: lgpl", StringComparison.Ordinal) ||
            head.Contains("spdx-license-identifier: mpl", StringComparison.Ordinal) || head.Contains("licenseref-", StringComparison.Ordinal) ||
            head.Contains("general public license", StringComparison.Ordinal) || head.Contains("mozilla public license", StringComparison.Ordinal) ||
            head.Contains("all rights reserved. proprietary", StringComparison.Ordinal) || head.Contains("noncommercial", StringComparison.Ordinal) ||
            head.Contains("proprietary and confidential", StringComparison.Ordinal) || head.Contains("end user license agreement", StringComparison.Ordinal);
    }
}
