// Puts the parts together. Nothing is decided here.

import * as vscode from 'vscode';
import { AskView, besides, plain } from './ask/askView';
import { offerModel, registerChat } from './chat/participant';
import { GhostText } from './completion/ghostText';
import { Pause } from './completion/pause';
import { toggleAutomatic, toggleEverywhere, toggleLanguage, toggleWorkspace } from './completion/switches';
import { ExplainCodeLens } from './explain/codeLens';
import { PromptDocument, promptScheme } from './prompt/promptDocument';
import { StatsRequest } from './server/protocol';
import { documentSelector, endpointKey, Server } from './server/server';
import { showMenu } from './status/menu';
import { StatusBar } from './status/statusBar';
import { whyNot } from './status/whyNot';

let running: Server | undefined;

/** What tests in the extension host may look at. */
export interface Api {
  readonly server: Server;
  readonly log: vscode.LogOutputChannel;
}

export function activate(context: vscode.ExtensionContext): Api {
  const began = performance.now();
  const log = vscode.window.createOutputChannel('Tritter', { log: true });
  const pause = new Pause();
  const ghostText: GhostText = new GhostText(pause, () => server);
  const server = new Server(context, log, { provideInlineCompletionItems: ghostText.provide });
  const askView = new AskView(context.extensionUri, server, log);
  const prompt = new PromptDocument(server);
  const codeLens = new ExplainCodeLens();
  const statusBar = new StatusBar(server, pause, ghostText);
  running = server;

  context.subscriptions.push(
    log, pause, ghostText, server, askView, prompt, codeLens, statusBar,
    vscode.window.registerWebviewViewProvider(AskView.id, askView),
    vscode.workspace.registerTextDocumentContentProvider(promptScheme, prompt),
    vscode.languages.registerCodeLensProvider(documentSelector, codeLens),
    registerChat(server, context.extensionUri),
    // A model for answers is chosen when the server starts.
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('tritter.answers') && server.restart()),
    ...Object.entries(commands()).map(([name, run]) => vscode.commands.registerCommand(`tritter.${name}`, run)),
  );
  // In a turn of its own, since what follows in this one, reading the language client included, is part of the activation that VS Code waits for.
  setImmediate(() => void server.start().then(offerModel));
  log.info(`activated in ${(performance.now() - began).toFixed(0)} ms`);
  return { server, log };

  function commands(): Record<string, (...args: never[]) => unknown> {
    return {
      'completion.trigger': () => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger'),
      toggle: toggleEverywhere,
      toggleLanguage,
      toggleWorkspace,
      toggleAutomatic,
      snooze: () => pause.ask(),
      resume: () => pause.set(undefined),
      explain,
      explainAt: (uri: vscode.Uri, position: vscode.Position) => explainAt(uri, position),
      ask,
      stopAnswer: () => askView.stop(),
      clearConversation: () => askView.clear(),
      showPrompt: () => prompt.show(),
      whyNoSuggestion,
      showMenu: () => showMenu(pause, statusBar.label),
      showLog: () => log.show(),
      restart: () => server.restart(),
      setEndpointKey,
      getStarted: () => vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#start`),
    };
  }

  async function explain(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const { textDocument, range } = besides();
    if (!editor || !textDocument) {
      void vscode.window.showInformationMessage('Open a file and select what Tritter should explain.');
      return;
    }

    const name = vscode.workspace.asRelativePath(editor.document.uri);
    const { start, end } = editor.selection;
    const lines = start.line === end.line ? `line ${start.line + 1}` : `lines ${start.line + 1}–${end.line + 1}`;
    const what = range ? { range } : { position: { line: start.line, character: start.character } };
    await askView.ask(`Explain ${name}, ${lines}`, { explain: { textDocument, ...what } });
  }

  async function explainAt(uri: vscode.Uri, position: vscode.Position): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uri);
    const line = document.lineAt(position.line).text.trim().replace(/\s*\{$/, '');
    await askView.ask(`Explain ${line}`, { explain: { textDocument: { uri: uri.toString() }, position: plain(new vscode.Range(position, position)).start } });
  }

  /** With a question, from a key binding or another extension, it is asked at once. */
  async function ask(question?: unknown): Promise<void> {
    if (typeof question === 'string') {
      await askView.ask(question, { ask: { question, ...besides() } });
    } else {
      await askView.focus();
    }
  }

  async function setEndpointKey(): Promise<void> {
    const key = await vscode.window.showInputBox({ title: 'Key of the server that tritter.answers.endpoint.url names', prompt: 'Kept by VS Code among its secrets. Empty: none.', password: true });
    if (key !== undefined) {
      await (key ? context.secrets.store(endpointKey, key) : context.secrets.delete(endpointKey));
      await server.restart();
    }
  }

  async function whyNoSuggestion(): Promise<void> {
    const stats = await server.request(StatsRequest, {});
    const showLog = 'Show Log';
    const chosen = await vscode.window.showInformationMessage(whyNot(server.state, ghostText.lastRefusal, stats), showLog);
    if (chosen === showLog) {
      log.show();
    }
  }
}

/** VS Code waits for this when the window closes: the server ends in order. */
export async function deactivate(): Promise<void> {
  await running?.stop();
}
