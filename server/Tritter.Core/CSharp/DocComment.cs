using System.Text;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Tritter.Core.CSharp;

/// <summary>The words of a doc comment, tags taken out and names in backticks.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Summary">Empty when there is none.</param>
public sealed record DocComment(TextSpan Span, string Summary, string Returns, string Remarks, IReadOnlyDictionary<string, string> Parameters, IReadOnlyDictionary<string, string> Exceptions, bool Inherits)
{
    public static DocComment Of(DocumentationCommentTriviaSyntax comment)
    {
        XmlElementSyntax[] elements = [.. comment.Content.OfType<XmlElementSyntax>()];
        string Text(string tag) => elements.FirstOrDefault(e => e.StartTag.Name.LocalName.ValueText == tag) is { } element ? Words(element.Content) : "";
        bool inherits = comment.Content.OfType<XmlEmptyElementSyntax>().Any(e => e.Name.LocalName.ValueText == "inheritdoc");
        // The span ends where its last line does; the trivia itself goes on to the next one.
        int end = comment.FullSpan.Start + comment.ToFullString().TrimEnd().Length;
        return new DocComment(
            TextSpan.FromBounds(comment.FullSpan.Start, Math.Max(comment.FullSpan.Start, end)),
            Text("summary"),
            Text("returns"),
            Text("remarks"),
            Named(elements, "param", a => (a as XmlNameAttributeSyntax)?.Identifier.ToString()),
            Named(elements, "exception", a => (a as XmlCrefAttributeSyntax)?.Cref.ToString()),
            inherits);
    }

    /// <summary>Up to the first full stop that ends a sentence.</summary>
    public static string FirstSentence(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '.' or '!' or '?' && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1])) && !text.AsSpan(0, i + 1).EndsWith("e.g.") && !text.AsSpan(0, i + 1).EndsWith("i.e."))
            {
                return text[..(i + 1)];
            }
        }

        return text;
    }

    private static Dictionary<string, string> Named(XmlElementSyntax[] elements, string tag, Func<XmlAttributeSyntax, string?> name)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (XmlElementSyntax element in elements.Where(e => e.StartTag.Name.LocalName.ValueText == tag))
        {
            if (element.StartTag.Attributes.Select(name).FirstOrDefault(n => n is not null) is { } key)
            {
                named.TryAdd(key, Words(element.Content));
            }
        }

        return named;
    }

    private static string Words(IEnumerable<XmlNodeSyntax> content)
    {
        var text = new StringBuilder();
        Add(text, content);
        return string.Join(' ', text.ToString().Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Add(StringBuilder text, IEnumerable<XmlNodeSyntax> content)
    {
        foreach (XmlNodeSyntax node in content)
        {
            switch (node)
            {
                case XmlTextSyntax words:
                    foreach (var token in words.TextTokens)
                    {
                        text.Append(token.ValueText).Append(token.ValueText.Length == 0 ? " " : "");
                    }

                    break;
                case XmlElementSyntax { StartTag.Name.LocalName.ValueText: "c" or "code" } code:
                    text.Append('`').Append(Words(code.Content)).Append('`');
                    break;
                case XmlElementSyntax element:
                    text.Append(' ');
                    Add(text, element.Content);
                    text.Append(element.StartTag.Name.LocalName.ValueText is "para" or "item" ? " " : "");
                    break;
                case XmlEmptyElementSyntax empty when empty.Attributes.Count > 0:
                    text.Append('`').Append(Referred(empty.Attributes[0])).Append('`');
                    break;
            }
        }
    }

    private static string Referred(XmlAttributeSyntax attribute) => attribute switch
    {
        XmlCrefAttributeSyntax cref => cref.Cref.ToString().Replace('{', '<').Replace('}', '>'),
        XmlNameAttributeSyntax name => name.Identifier.ToString(),
        XmlTextAttributeSyntax text => string.Concat(text.TextTokens.Select(t => t.ValueText)),
        _ => attribute.ToString(),
    };
}
