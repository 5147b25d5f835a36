using System.Windows;
using System.Windows.Controls;
using System.Windows.Documents;
using System.Windows.Input;
using Microsoft.VisualStudio.Shell;
using Tritter.VisualStudio.Answers;

namespace Tritter.VisualStudio;

/// <summary>The answer above, the question below. In code rather than XAML: it is small, and nothing is looked up by name at run time.</summary>
internal sealed class AnswerView : DockPanel
{
    private readonly FlowDocumentScrollViewer _answer = new() { VerticalScrollBarVisibility = ScrollBarVisibility.Auto };
    private readonly TextBox _question = new() { MinHeight = 22, Margin = new Thickness(4), ToolTip = "Ask about this repository (Enter). Escape stops an answer." };
    private readonly Button _clear = new() { Content = "New conversation", Margin = new Thickness(4), Padding = new Thickness(8, 0, 8, 0) };

    public AnswerView(Action<string> ask, Action clear, Action cancel)
    {
        this.SetResourceReference(BackgroundProperty, VsBrushes.ToolWindowBackgroundKey);
        this.SetResourceReference(TextElement.ForegroundProperty, VsBrushes.ToolWindowTextKey);
        var bottom = new DockPanel();
        SetDock(bottom, Dock.Bottom);
        SetDock(_clear, Dock.Right);
        bottom.Children.Add(_clear);
        bottom.Children.Add(_question);
        Children.Add(bottom);
        Children.Add(_answer);

        _clear.Click += (_, _) =>
        {
            clear();
            _answer.Document = new FlowDocument();
        };
        _question.KeyDown += (_, e) =>
        {
            if (e.Key == Key.Enter && _question.Text.Trim().Length > 0)
            {
                ask(_question.Text.Trim());
                _question.Clear();
                e.Handled = true;
            }
            else if (e.Key == Key.Escape)
            {
                cancel();
                e.Handled = true;
            }
        };
    }

    public void FocusQuestion() => _question.Focus();

    public void ShowAnswer(string title, StreamedAnswer answer) => _answer.Document = AnswerDocument.Of(title, answer);

    public void ShowError(string message) => _answer.Document = new FlowDocument(new Paragraph(new Run(message)));
}
