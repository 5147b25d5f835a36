// The status bar item: state, statistics, and the way to all commands.

import * as vscode from 'vscode';
import { StatsRequest, type Stats } from '../server/protocol';
import type { GhostText } from '../completion/ghostText';
import type { Pause } from '../completion/pause';
import type { Server } from '../server/server';
import { appearance } from './appearance';
import { tooltip } from './tooltip';

// Statistics are worth one request a second at most, however fast somebody types.
const statsEveryMs = 1000;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('tritter.status', vscode.StatusBarAlignment.Right, 90);
  private readonly subscriptions: vscode.Disposable[];
  private stats: Stats | undefined;
  private refreshing: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly pause: Pause,
    ghostText: GhostText,
  ) {
    this.item.name = 'Tritter';
    this.item.command = 'tritter.showMenu';
    this.subscriptions = [
      server.onDidChangeState(() => this.update()),
      pause.onDidChange(() => this.update()),
      ghostText.onDidAnswer(() => this.refreshSoon()),
      vscode.window.onDidChangeActiveTextEditor(() => this.update()),
      vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('tritter') && this.update()),
    ];
    this.update();
    this.item.show();
  }

  /** The state in words. */
  get label(): string {
    return this.item.accessibilityInformation?.label ?? 'Tritter';
  }

  dispose(): void {
    clearTimeout(this.refreshing);
    vscode.Disposable.from(this.item, ...this.subscriptions).dispose();
  }

  private update(): void {
    const settings = vscode.workspace.getConfiguration('tritter.completion', vscode.window.activeTextEditor?.document);
    const look = appearance(
      { server: this.server.state, pausedUntil: this.pause.until, enabled: settings.get<boolean>('enabled', true), automatic: settings.get<boolean>('automatic', true) },
      (time) => new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
    );
    this.item.text = look.text;
    this.item.backgroundColor = look.background && new vscode.ThemeColor(`statusBarItem.${look.background}Background`);
    this.item.accessibilityInformation = { label: look.label, role: 'button' };
    this.item.tooltip = new vscode.MarkdownString(tooltip(look.label, this.stats, this.server.remote, this.server.state.device), true);
    if (this.server.state.state === 'ready') {
      this.refreshSoon();
    }
  }

  private refreshSoon(): void {
    this.refreshing ??= setTimeout(() => void this.refresh(), statsEveryMs);
  }

  private async refresh(): Promise<void> {
    try {
      this.stats = await this.server.request(StatsRequest, {});
    } catch {
      // A server that is just ending answers nothing; the next state asks again.
    } finally {
      this.refreshing = undefined;
    }

    const { item, server } = this;
    if (server.state.state !== 'starting') {
      item.tooltip = new vscode.MarkdownString(tooltip(this.label, this.stats, this.server.remote, this.server.state.device), true);
    }
  }
}
