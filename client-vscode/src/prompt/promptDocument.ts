// "Show What the Model Saw": a read-only document that is made anew each time.

import * as vscode from 'vscode';
import { LastPromptRequest } from '../server/protocol';
import type { Server } from '../server/server';
import { promptText } from './promptText';

export const promptScheme = 'tritter-prompt';
const uri = vscode.Uri.parse(`${promptScheme}:/What the model saw`);

export class PromptDocument implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private text = '';

  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server) {}

  provideTextDocumentContent(): string {
    return this.text;
  }

  async show(): Promise<void> {
    // A file's own prompt, if it has one: with two files side by side the last prompt may be the other one's.
    const active = vscode.window.activeTextEditor?.document.uri;
    const own = active && active.scheme !== promptScheme ? await this.server.request(LastPromptRequest, { uri: active.toString() }) : undefined;
    const prompt = own ?? (await this.server.request(LastPromptRequest, {}));
    this.text = promptText(prompt, (file) => vscode.workspace.asRelativePath(vscode.Uri.parse(file)));
    this.changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
  }

  dispose(): void {
    this.changed.dispose();
  }
}
