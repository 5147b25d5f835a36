// The ask view in the side bar: questions go in, answers come with places to open.

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { ClearConversationRequest, type Citation } from '../server/protocol';
import type { Range } from 'vscode-languageserver-protocol';
import type { Server } from '../server/server';
import { answer, NoAnswer, type Question } from './answers';
import { askPage } from './askPage';
import type { FromPage, ToPage } from './messages';
import { note, Transcript, type Entry } from './transcript';

export class AskView implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly id = 'tritter.ask';

  private readonly transcript = new Transcript();
  private page: vscode.Webview | undefined;
  private running: vscode.CancellationTokenSource | undefined;
  private conversation: string | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly server: Server,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    const dist = vscode.Uri.joinPath(this.extensionUri, 'dist');
    const page = view.webview;
    page.options = { enableScripts: true, localResourceRoots: [dist] };
    page.onDidReceiveMessage((message: FromPage) => this.receive(message));
    view.onDidDispose(() => {
      this.page = undefined;
    });
    this.page = page;
    const sayWhere = () => {
      view.description = this.server.remote ? `code is sent to ${this.server.remote}` : 'nothing leaves this machine';
    };
    sayWhere();
    const watching = this.server.onDidChangeState(sayWhere);
    view.onDidDispose(() => {
      watching.dispose();
    });
    const resource = (file: string) => page.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
    page.html = askPage({ script: resource('ask.js'), style: resource('ask.css'), cspSource: page.cspSource, nonce: randomBytes(16).toString('base64url') });
  }

  async focus(): Promise<void> {
    await vscode.commands.executeCommand(`${AskView.id}.focus`);
    this.send({ type: 'focus' });
  }

  /** Shows the view, asks, and streams the answer there. A question that is still being answered is stopped. */
  async ask(title: string, question: Question): Promise<void> {
    await vscode.commands.executeCommand(`${AskView.id}.focus`, { preserveFocus: true });
    this.stop();
    const cancellation = new vscode.CancellationTokenSource();
    this.running = cancellation;
    void vscode.commands.executeCommand('setContext', 'tritter.answering', true);
    const entry = this.transcript.begin(title);
    this.send({ type: 'entry', entry });
    try {
      await this.fill(entry, question, cancellation.token);
    } catch (error) {
      this.fail(entry, error, cancellation.token);
    }

    this.send({ type: 'entry', entry });
    cancellation.dispose();
    if (this.running === cancellation) {
      this.running = undefined;
      void vscode.commands.executeCommand('setContext', 'tritter.answering', false);
    }
  }

  stop(): void {
    this.running?.cancel();
  }

  async clear(): Promise<void> {
    this.stop();
    this.transcript.clear();
    this.send({ type: 'all', entries: [] });
    const conversation = this.conversation;
    this.conversation = undefined;
    await this.server.request(ClearConversationRequest, { conversation });
  }

  dispose(): void {
    this.stop();
  }

  private async fill(entry: Entry, question: Question, token: vscode.CancellationToken): Promise<void> {
    const asked = 'ask' in question ? { ask: { ...question.ask, conversation: this.conversation } } : question;
    const append = (markdown: string) => {
      if (!token.isCancellationRequested) {
        entry.markdown += markdown;
        this.send({ type: 'append', id: entry.id, markdown });
      }
    };
    const result = await answer(this.server, asked, append, token);
    this.conversation = result.conversation ?? this.conversation;
    Object.assign(entry, { markdown: result.markdown, citations: result.citations, note: note(result), state: 'done' });
  }

  private fail(entry: Entry, error: unknown, token: vscode.CancellationToken): void {
    if (token.isCancellationRequested) {
      entry.state = 'stopped';
      return;
    }

    entry.state = 'failed';
    entry.error = error instanceof Error ? error.message : String(error);
    if (!(error instanceof NoAnswer)) {
      this.log.error(`no answer: ${entry.error}`);
    }
  }

  private receive(message: FromPage): void {
    switch (message.type) {
      case 'ready':
        this.send({ type: 'all', entries: this.transcript.all });
        break;
      case 'ask':
        void this.ask(message.question, { ask: { question: message.question, ...besides() } });
        break;
      case 'stop':
        this.stop();
        break;
      case 'open': {
        const citation = this.transcript.citation(message.entry, message.citation);
        if (citation) {
          void open(citation);
        }
      }
    }
  }

  private send(message: ToPage): void {
    void this.page?.postMessage(message);
  }
}

/** The file beside the question, and what is selected there: "this" in a question means it. */
export function besides(): { textDocument?: { uri: string }; range?: Range } {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return {};
  }

  const { document, selection } = editor;
  return { textDocument: { uri: document.uri.toString() }, ...(selection.isEmpty ? {} : { range: plain(selection) }) };
}

/** As the protocol has ranges. */
export function plain({ start, end }: vscode.Range) {
  return { start: { line: start.line, character: start.character }, end: { line: end.line, character: end.character } };
}

async function open({ uri, range, path, stale }: Citation): Promise<void> {
  const selection = new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  try {
    await vscode.window.showTextDocument(vscode.Uri.parse(uri), { selection, preview: true });
  } catch {
    void vscode.window.showWarningMessage(`${path} cannot be opened; it may have been moved or deleted.`);
    return;
  }

  if (stale) {
    void vscode.window.setStatusBarMessage(`${path} has changed since the answer was written`, 8000);
  }
}
