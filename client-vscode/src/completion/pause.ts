// The pause that the user asked for. It ends with the window.

import * as vscode from 'vscode';

const choices = [
  { label: 'For 5 minutes', minutes: 5 },
  { label: 'For 15 minutes', minutes: 15 },
  { label: 'For an hour', minutes: 60 },
  { label: 'Until the window closes', minutes: Infinity },
];

export class Pause implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private timer: NodeJS.Timeout | undefined;
  private end: number | undefined;

  readonly onDidChange = this.changed.event;

  /** In ms since 1970, Infinity for a pause without end; undefined when there is none. */
  get until(): number | undefined {
    return this.end;
  }

  async ask(): Promise<void> {
    const chosen = await vscode.window.showQuickPick(choices, { title: 'Pause Completion', placeHolder: 'Tritter suggests nothing unless asked' });
    if (chosen) {
      this.set(Date.now() + chosen.minutes * 60_000);
    }
  }

  set(until: number | undefined): void {
    clearTimeout(this.timer);
    this.end = until;
    if (until !== undefined && until !== Infinity) {
      this.timer = setTimeout(() => this.set(undefined), until - Date.now());
    }

    void vscode.commands.executeCommand('setContext', 'tritter.paused', until !== undefined);
    this.changed.fire();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }
}
