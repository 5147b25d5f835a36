// Commands that turn completion on and off, by writing the settings where the user would.

import * as vscode from 'vscode';

const section = 'tritter.completion';

/** Everywhere: in the user's settings. */
export async function toggleEverywhere(): Promise<void> {
  await toggle('enabled', vscode.ConfigurationTarget.Global, 'Completion');
}

export async function toggleAutomatic(): Promise<void> {
  await toggle('automatic', vscode.ConfigurationTarget.Global, 'Completion while typing');
}

export async function toggleWorkspace(): Promise<void> {
  await toggle('enabled', vscode.ConfigurationTarget.Workspace, 'Completion in this workspace');
}

export async function toggleLanguage(): Promise<void> {
  const languageId = vscode.window.activeTextEditor?.document.languageId;
  if (languageId) {
    await toggle('enabled', vscode.ConfigurationTarget.Global, `Completion in ${languageId}`, languageId);
  }
}

async function toggle(key: string, target: vscode.ConfigurationTarget, what: string, languageId?: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration(section, languageId ? { languageId } : undefined);
  const on = !settings.get<boolean>(key, true);
  await settings.update(key, on, target, languageId !== undefined);
  void vscode.window.setStatusBarMessage(`${what} is ${on ? 'on' : 'off'}`, 4000);
}
