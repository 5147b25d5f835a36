// The quick-pick behind the status bar item.

import * as vscode from 'vscode';
import type { Pause } from '../completion/pause';

interface Entry extends vscode.QuickPickItem {
  command?: string;
}

export async function showMenu(pause: Pause, label: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const settings = vscode.workspace.getConfiguration('tritter.completion', editor?.document);
  const on = settings.get<boolean>('enabled', true);
  const automatic = settings.get<boolean>('automatic', true);
  const language = editor?.document.languageId;
  const entries: Entry[] = [
    { label: 'Completion', kind: vscode.QuickPickItemKind.Separator },
    pause.until === undefined
      ? { label: '$(bell-slash) Pause for a while', command: 'tritter.snooze' }
      : { label: '$(play) End the pause', command: 'tritter.resume' },
    { label: on ? '$(circle-slash) Turn off everywhere' : '$(sparkle) Turn on everywhere', command: 'tritter.toggle' },
    ...(language ? [{ label: `$(code) Turn ${on ? 'off' : 'on'} for ${language}`, command: 'tritter.toggleLanguage' }] : []),
    ...(vscode.workspace.workspaceFolders ? [{ label: `$(root-folder) Turn ${on ? 'off' : 'on'} in this workspace`, command: 'tritter.toggleWorkspace' }] : []),
    { label: automatic ? '$(keyboard) Only when asked' : '$(keyboard) While typing', command: 'tritter.toggleAutomatic' },
    { label: '$(lightbulb) Why no suggestion?', command: 'tritter.whyNoSuggestion' },
    { label: '$(eye) Show what the model saw', command: 'tritter.showPrompt' },
    { label: 'Answers', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(question) Ask about the repository', command: 'tritter.ask' },
    { label: '$(comment-discussion) Explain selection', command: 'tritter.explain' },
    { label: 'Tritter', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(gear) Settings', command: 'workbench.action.openSettings' },
    { label: '$(output) Show log', command: 'tritter.showLog' },
    { label: '$(debug-restart) Restart the server', command: 'tritter.restart' },
    { label: '$(rocket) Getting started', command: 'tritter.getStarted' },
  ];
  const chosen = await vscode.window.showQuickPick(entries, { title: label, placeHolder: 'What should Tritter do?' });
  if (chosen?.command === 'workbench.action.openSettings') {
    await vscode.commands.executeCommand(chosen.command, '@ext:tritter.tritter-vscode');
  } else if (chosen?.command) {
    await vscode.commands.executeCommand(chosen.command);
  }
}
