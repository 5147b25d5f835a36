using System.Runtime.InteropServices;
using Microsoft.VisualStudio.Shell;
using Tritter.VisualStudio.Answers;
using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Server;

namespace Tritter.VisualStudio;

/// <summary>The window that explains code and answers questions. Everything here runs on the main thread; a new question cancels the last one.</summary>
[Guid("e4a7c6d1-93b2-4f08-a5de-6b1c0f7d8e93")]
public sealed class AnswerWindow : ToolWindowPane
{
    private readonly AnswerView _view;
    private CancellationTokenSource _running = new();
    private string? _conversation;

    public AnswerWindow()
        : base(null)
    {
        Caption = "Tritter";
        _view = new AnswerView(Ask, Clear, () => _running.Cancel());
        Content = _view;
    }

    internal void FocusQuestion() => _view.FocusQuestion();

    internal void Explain()
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        if (SharedClient.Place is { } place)
        {
            Start("Explain", (onPart, token) => SharedClient.Instance.ExplainAsync(place.Uri, place.Start, place.Length, null, onPart, token));
        }
        else
        {
            _view.ShowError("Put the cursor into a C#, Python, Rust, TypeScript, JavaScript or Markdown file first.");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _running.Cancel();
        }

        base.Dispose(disposing);
    }

    private void Ask(string question) =>
        Start(question, (onPart, token) => SharedClient.Instance.AskAsync(question, _conversation, SharedClient.Place?.Uri, onPart, token));

    private void Clear()
    {
        string? conversation = _conversation;
        _conversation = null;
        ThreadHelper.JoinableTaskFactory.RunAsync(async () =>
        {
            try
            {
                await SharedClient.Instance.ClearConversationAsync(conversation, CancellationToken.None);
            }
            catch (ServerException)
            {
                // A server that is gone has forgotten, too.
            }
        });
    }

    private void Start(string title, Func<Action<string>, CancellationToken, System.Threading.Tasks.Task<Answer>> ask)
    {
        _running.Cancel();
        _running = new CancellationTokenSource();
        CancellationToken token = _running.Token;
        ThreadHelper.JoinableTaskFactory.RunAsync(() => RunAsync(title, ask, token));
    }

    private async Task RunAsync(string title, Func<Action<string>, CancellationToken, System.Threading.Tasks.Task<Answer>> ask, CancellationToken token)
    {
        var answer = new StreamedAnswer();
        await ThreadHelper.JoinableTaskFactory.SwitchToMainThreadAsync();
        _view.ShowAnswer(title, answer);
        try
        {
            Answer whole = await ask(
                part => ThreadHelper.JoinableTaskFactory.RunAsync(async () =>
                {
                    await ThreadHelper.JoinableTaskFactory.SwitchToMainThreadAsync(token);
                    answer.Append(part);
                    _view.ShowAnswer(title, answer);
                }),
                token);
            await ThreadHelper.JoinableTaskFactory.SwitchToMainThreadAsync(token);
            _conversation = whole.Conversation ?? _conversation;
            answer.Complete(whole);
            _view.ShowAnswer(title, answer);
        }
        catch (OperationCanceledException)
        {
            // The user has asked something else, or wants no answer any more.
        }
        catch (Exception e) when (e is ServerException or InvalidOperationException)
        {
            await ThreadHelper.JoinableTaskFactory.SwitchToMainThreadAsync();
            _view.ShowError(e.Message);
        }
    }
}
