// Between VS Code's wish for ghost text and the server: what is not asked for, and what is reported about what was shown.

import * as vscode from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';
import { acceptedCommand, DidPartiallyAcceptCompletion, DidShowCompletion } from '../server/protocol';
import type { Server } from '../server/server';
import { refusal } from './admission';
import type { Pause } from './pause';
import { afterEdit, type Shown } from './shown';

type Provide = NonNullable<Middleware['provideInlineCompletionItems']>;

export class GhostText implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private shown: (Shown & { whole: number }) | undefined;

  /** Why the client itself did not ask the last time; undefined when it did. */
  lastRefusal: string | undefined;

  /** Answers that came from the server so far, empty ones too: the status bar learns by it that there is news. */
  readonly onDidAnswer: vscode.Event<void>;
  private readonly answered = new vscode.EventEmitter<void>();

  constructor(
    private readonly pause: Pause,
    private readonly server: () => Server,
  ) {
    this.onDidAnswer = this.answered.event;
    this.subscription = vscode.workspace.onDidChangeTextDocument((event) => this.edited(event));
  }

  readonly provide: Provide = async (document, position, context, token, next) => {
    this.lastRefusal = refusal(this.circumstances(document, context));
    if (this.lastRefusal) {
      return [];
    }

    const result = await next(document, position, context, token);
    this.answered.fire();
    const items = Array.isArray(result) ? result : (result?.items ?? []);
    if (!token.isCancellationRequested) {
      this.show(document, position, items[0]);
    }

    return result;
  };

  dispose(): void {
    this.subscription.dispose();
    this.answered.dispose();
  }

  private circumstances(document: vscode.TextDocument, context: vscode.InlineCompletionContext) {
    const settings = vscode.workspace.getConfiguration('tritter.completion', document);
    const asked = context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
    return {
      enabled: settings.get<boolean>('enabled', true),
      automatic: settings.get<boolean>('automatic', true),
      besideSuggestions: settings.get<boolean>('besideSuggestions', false),
      pausedUntil: this.pause.until,
      now: Date.now(),
      asked,
      listOpen: context.selectedCompletionInfo !== undefined,
      inDiff: vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff,
    };
  }

  private show(document: vscode.TextDocument, position: vscode.Position, item: vscode.InlineCompletionItem | undefined): void {
    this.shown = undefined;
    const id: unknown = item?.command?.command === acceptedCommand ? item.command.arguments?.[0] : undefined;
    if (!item || typeof id !== 'string' || typeof item.insertText !== 'string') {
      return;
    }

    // The suggestion may replace what stands before the cursor; only what comes behind it is still to be typed.
    const start = item.range?.start ?? position;
    const before = document.getText(new vscode.Range(start, position));
    if (item.insertText.startsWith(before)) {
      this.shown = { id, uri: document.uri.toString(), offset: document.offsetAt(position), text: item.insertText.slice(before.length), whole: item.insertText.length };
    }

    this.server().notify(DidShowCompletion, { id });
  }

  private edited(event: vscode.TextDocumentChangeEvent): void {
    const [change] = event.contentChanges;
    if (!this.shown || !change || event.document.uri.toString() !== this.shown.uri) {
      return;
    }

    const { id, whole } = this.shown;
    const after = afterEdit(this.shown, { offset: change.rangeOffset, deleted: change.rangeLength, text: change.text });
    this.shown = after && { ...after.rest, whole };
    if (after && after.taken > 0) {
      this.server().notify(DidPartiallyAcceptCompletion, { id, acceptedLength: whole - after.rest.text.length });
    }
  }
}
