using System.Diagnostics;
using System.Windows;
using System.Windows.Documents;
using System.Windows.Media;
using Microsoft.VisualStudio.Shell;
using Tritter.VisualStudio.Answers;

namespace Tritter.VisualStudio;

/// <summary>Draws an answer's blocks as a document of WPF.</summary>
internal static class AnswerDocument
{
    private static readonly FontFamily _code = new("Consolas");

    public static FlowDocument Of(string title, StreamedAnswer answer)
    {
        var document = new FlowDocument { FontFamily = SystemFonts.MessageFontFamily, FontSize = SystemFonts.MessageFontSize, PagePadding = new Thickness(8) };
        document.SetResourceReference(FlowDocument.ForegroundProperty, VsBrushes.ToolWindowTextKey);
        document.Blocks.Add(new Paragraph(new Bold(new Run(title))));
        document.Blocks.AddRange(answer.Blocks.Select(block => Draw(block, answer)));
        if (answer.Provenance.Length > 0)
        {
            document.Blocks.Add(new Paragraph(new Italic(new Run(answer.Provenance))));
        }

        return document;
    }

    private static Paragraph Draw(AnswerBlock block, StreamedAnswer answer)
    {
        var paragraph = new Paragraph { Margin = new Thickness(0, 0, 0, 6) };
        switch (block.Kind)
        {
            case BlockKind.Heading:
                paragraph.FontWeight = FontWeights.Bold;
                break;
            case BlockKind.ListItem:
                paragraph.Margin = new Thickness(16 * (block.Level + 1), 0, 0, 3);
                paragraph.TextIndent = -12;
                paragraph.Inlines.Add(new Run(block.Marker + " "));
                break;
            case BlockKind.Code:
                paragraph.FontFamily = _code;
                paragraph.Margin = new Thickness(12, 0, 0, 6);
                break;
        }

        paragraph.Inlines.AddRange(block.Spans.Select(span => Draw(span, answer)));
        return paragraph;
    }

    private static Inline Draw(AnswerSpan span, StreamedAnswer answer) => span.Kind switch
    {
        SpanKind.Strong => new Bold(new Run(span.Text)),
        SpanKind.Emphasis => new Italic(new Run(span.Text)),
        SpanKind.Code => new Run(span.Text) { FontFamily = _code },
        SpanKind.Citation when answer.Cited(span) is { } citation => Link(
            span.Text, citation.Path + (citation.Stale ? " (changed since)" : ""), () => CitedPlace.Open(citation)),
        SpanKind.Link when Uri.TryCreate(span.Target, UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http" => Link(
            span.Text, span.Target, () => Process.Start(new ProcessStartInfo(span.Target) { UseShellExecute = true })?.Dispose()),
        _ => new Run(span.Text),
    };

    private static Hyperlink Link(string text, string hint, Action open)
    {
        var link = new Hyperlink(new Run(text)) { ToolTip = hint };
        link.Click += (_, _) => open();
        return link;
    }
}
