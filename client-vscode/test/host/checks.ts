// Runs inside VS Code's extension host, with its whole API: what has no face on the screen.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import { LastPromptRequest, StatsRequest } from '../../src/server/protocol';

const id = 'tritter.tritter-vscode';

/** The file that takes the outcome; the bundler puts it in. */
declare const RESULTS: string;

interface Manifest {
  capabilities: {
    untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] };
    virtualWorkspaces: { supported: string; description: string };
  };
  contributes: {
    commands: { command: string }[];
    configuration: { properties: Record<string, { default: unknown; scope?: string }> }[];
    languageModelChatProviders: { vendor: string }[];
    walkthroughs: { steps: { description: string; media: { markdown: string } }[] }[];
  };
}

const extension = () => vscode.extensions.getExtension<Api>(id)!;
const manifest = () => extension().packageJSON as Manifest;
const properties = () => Object.assign({}, ...manifest().contributes.configuration.map((c) => c.properties)) as Record<string, { default: unknown; scope?: string }>;

/** Waits until `look` returns something, for a minute on a machine that may be busy. */
async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = await look();
    if (found !== undefined) {
      return found;
    }
  }

  throw new Error(`waited a minute in vain: ${String(look)}`);
}

async function untilReady(): Promise<Api> {
  const api = await extension().activate();
  return until(() => (['ready', 'busy'].includes(api.server.state.state) ? api : undefined));
}

const checks: Record<string, () => Promise<void> | void> = {
  'the extension activates and its server becomes ready': async () => {
    const api = await untilReady();
    assert.ok(api.server.processId);
  },

  'every command that the manifest names is registered': async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(manifest().contributes.commands.map((c) => c.command).filter((c) => !registered.has(c)), []);
  },

  'every command of the walkthrough exists and every picture of it is there': async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const { description, media } of manifest().contributes.walkthroughs.flatMap((w) => w.steps)) {
      for (const [, command] of description.matchAll(/\(command:([\w.]+)/g)) {
        assert.ok(registered.has(command!), command);
      }

      await vscode.workspace.fs.stat(vscode.Uri.joinPath(extension().extensionUri, media.markdown));
    }
  },

  'there are at most 20 settings, and each has its default': () => {
    const names = Object.keys(properties());
    assert.ok(names.length <= 20, `${names.length} settings`);
    for (const name of names) {
      assert.deepEqual(vscode.workspace.getConfiguration().inspect(name)?.defaultValue, properties()[name]!.default, name);
    }
  },

  'what a workspace may say of the program and the model does not count in Restricted Mode': () => {
    const { supported, restrictedConfigurations } = manifest().capabilities.untrustedWorkspaces;
    const workspaces = Object.entries(properties()).filter(([, { scope }]) => scope !== 'machine' && scope !== 'application').map(([name]) => name);
    assert.equal(supported, 'limited');
    assert.deepEqual(workspaces.filter((name) => /^tritter\.(model|adapters|server|answers)/.test(name) && !restrictedConfigurations.includes(name)), []);
    assert.deepEqual(restrictedConfigurations.filter((name) => !(name in properties())), []);
  },

  'a file of a virtual workspace is completed, and the manifest says what is missing there': async () => {
    const { supported, description } = manifest().capabilities.virtualWorkspaces;
    assert.equal(supported, 'limited');
    assert.match(description, /open files only/);
    const api = await untilReady();
    const text = 'public class Basket\n{\n    private int _virtual = ';
    const files = vscode.workspace.registerTextDocumentContentProvider('vscode-vfs', { provideTextDocumentContent: () => text });
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse('vscode-vfs://example/shop/Basket.cs'));
    const uri = document.uri.toString();
    await api.server.running!.sendRequest('textDocument/inlineCompletion', { textDocument: { uri }, position: { line: 2, character: 27 }, context: { triggerKind: 1 } });
    const prompt = await api.server.request(LastPromptRequest, { uri });
    files.dispose();
    assert.ok(prompt?.pieces.some((piece) => piece.text.includes('private int _virtual')), JSON.stringify(prompt));
  },

  'the log has levels: messages between editor and server stand in it at Trace only': async () => {
    const { server, log } = await untilReady();
    const traced: string[] = [];
    const trace = log.trace.bind(log);
    log.trace = (message) => {
      traced.push(message);
    };
    await server.request(StatsRequest, {});
    assert.equal(traced.length, 0);
    await vscode.commands.executeCommand('tritter.showLog');
    // VS Code's command for the output that is open, by the level's number.
    const setLevel = (level: vscode.LogLevel) => vscode.commands.executeCommand(`workbench.action.output.activeOutputLogLevel.${level}`);
    await setLevel(vscode.LogLevel.Trace);
    await until(async () => {
      await server.request(StatsRequest, {});
      return traced.some((line) => line.includes("Sending request 'tritter/stats")) || undefined;
    });
    await setLevel(vscode.LogLevel.Info);
    log.trace = trace;
  },

  'CodeLenses are off, and appear above declarations when they are switched on': async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'csharp', content: 'public class A\n{\n    public int F() => 1;\n}\n' });
    const lenses = () => vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri);
    assert.equal((await lenses()).length, 0);
    await vscode.workspace.getConfiguration('tritter').update('explain.codeLens', true, vscode.ConfigurationTarget.Global);
    assert.deepEqual((await lenses()).map((l) => l.range.start.line), [0, 2]);
    await vscode.workspace.getConfiguration('tritter').update('explain.codeLens', undefined, vscode.ConfigurationTarget.Global);
  },

  'the model is there for VS Code’s chat and answers': async () => {
    await untilReady();
    const [model] = await vscode.lm.selectChatModels({ vendor: 'tritter' });
    assert.ok(model);
    assert.equal(await model.countTokens('12345678'), 2);
  },

  'switching completion off for a language leaves the others alone': async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'python', content: 'x' });
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('tritter.toggleLanguage');
    const enabled = (languageId: string) => vscode.workspace.getConfiguration('tritter.completion', { languageId }).get('enabled');
    assert.deepEqual([enabled('python'), enabled('csharp')], [false, true]);
    await vscode.commands.executeCommand('tritter.toggleLanguage');
    assert.deepEqual([enabled('python'), enabled('csharp')], [true, true]);
  },

  '“Show What the Model Saw” opens the last prompt, piece by piece, with its tokens counted': async () => {
    const api = await untilReady();
    const text = 'public class Basket\n{\n    private int _count = ';
    const document = await vscode.workspace.openTextDocument({ language: 'csharp', content: text });
    await vscode.window.showTextDocument(document);
    const position = { line: 2, character: 25 };
    await api.server.running!.sendRequest('textDocument/inlineCompletion', { textDocument: { uri: document.uri.toString() }, position, context: { triggerKind: 1 } });
    await vscode.commands.executeCommand('tritter.showPrompt');
    const shown = vscode.workspace.textDocuments.find((d) => d.uri.scheme === 'tritter-prompt')!.getText();
    assert.match(shown, /^What the model saw of .*\n\d+ tokens: \d+ from the cache, \d+ computed\n/);
    assert.match(shown, /──── before the cursor · \d+ tokens ─+\n[^─]*private int _count/);
  },

  'the model setting is passed to the server, and what it cannot load is told': async () => {
    const api = await untilReady();
    const settings = vscode.workspace.getConfiguration('tritter');
    await settings.update('model', '/no/such/model', vscode.ConfigurationTarget.Global);
    await api.server.restart();
    await until(() => api.server.state.state !== 'starting' || undefined);
    assert.equal(api.server.state.state, 'error');
    assert.match(api.server.state.reason ?? '', /no\/such\/model/);
    await settings.update('model', undefined, vscode.ConfigurationTarget.Global);
    await api.server.restart();
    await untilReady();
  },
};

/** VS Code calls this; the outcome goes to RESULTS. */
export async function run(): Promise<void> {
  const results: Record<string, string | null> = {};
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      results[name] = null;
    } catch (error) {
      results[name] = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  writeFileSync(RESULTS, JSON.stringify(results));
}
