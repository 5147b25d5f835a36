using Tritter.Core.Documents;

namespace Tritter.Bench;

/// <summary>Somebody who types what stands in files: a few characters at a time, now and then some back, here for a while and then elsewhere.</summary>
internal sealed class Typist(string[] files, Random random)
{
    private const int StretchCharacters = 120;

    private string _file = "";
    private string _before = "";
    private string _after = "";
    private string _typing = "";
    private int _typed;
    private int _version;

    /// <summary>Goes on typing.</summary>
    /// <returns>The document and where the cursor stands in it.</returns>
    public (Document Document, int Offset) Next()
    {
        if (_typed >= _typing.Length)
        {
            GoElsewhere();
        }

        _typed = random.Next(10) == 0 ? Math.Max(0, _typed - random.Next(1, 8)) : Math.Min(_typing.Length, _typed + random.Next(1, 5));
        string text = _before + _typing[.._typed] + _after;
        return (new Document(Path.GetFileName(_file), SourceFiles.Language(_file), ++_version, text), _before.Length + _typed);
    }

    private void GoElsewhere()
    {
        _file = files[random.Next(files.Length)];
        string text = SourceFiles.Read(_file);
        int at = random.Next(text.Length - StretchCharacters);
        (_before, _typing, _after, _typed) = (text[..at], text.Substring(at, StretchCharacters), text[(at + StretchCharacters)..], 0);
    }
}
