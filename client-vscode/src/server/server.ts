// The language server as a running process: start, restart after a crash, stop.

import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions, Middleware } from 'vscode-languageclient/node';
import { StatusNotification, type AnswerProgress, type Method, type Status } from './protocol';
import { answerModel } from './answerModel';
import { chooseServer } from './location';
import { Restarts } from './restarts';

type Library = typeof import('./languageClient');

const methodNotFound = -32601;

/** Where the key of the user's endpoint is kept. */
export const endpointKey = 'tritter.answers.endpoint.key';

export const documentSelector = [{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: 'vscode-vfs' }];

/** What the user sees of the server; `stopped` is ours: it crashed too often or was never there. */
export type ServerState = Omit<Status, 'state'> & { state: Status['state'] | 'stopped' };

export class Server implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ServerState>();
  private readonly restarts = new Restarts();
  private library: Library | undefined;
  private client: LanguageClient | undefined;
  private current: ServerState = { state: 'starting' };
  private stopping = false;
  private answersFrom: string | undefined;

  readonly onDidChangeState = this.changed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly middleware: Middleware,
  ) {}

  get state(): ServerState {
    return this.current;
  }

  /** The host that questions and code are sent to, since the user named it; undefined while nothing leaves this machine. */
  get remote(): string | undefined {
    return this.answersFrom;
  }

  /** The process that serves now; tests end it to see what happens. */
  get processId(): number | undefined {
    return this.client?.serverProcess?.pid;
  }

  async start(): Promise<void> {
    const settings = vscode.workspace.getConfiguration('tritter');
    const choice = chooseServer(
      this.context.extensionPath,
      { path: settings.get('server.path', ''), model: settings.get('model', ''), threads: settings.get('server.threads', 0) },
      process.platform,
      existsSync,
    );
    if (!choice) {
      this.set({ state: 'stopped', reason: settings.get('server.path') ? 'tritter.server.path names no program' : 'this package has no server for your system' });
      return;
    }

    this.log.info(`starting ${choice.command} ${choice.args.join(' ')}`);
    this.set({ state: 'starting' });
    this.stopping = false;
    const isRemote = answerModel((name) => settings.inspect(name)).remote !== undefined;
    const answers = answerModel((name) => settings.inspect(name), isRemote ? await this.context.secrets.get(endpointKey) : undefined);
    this.answersFrom = answers.remote;
    const library = (this.library ??= await import('./languageClient'));
    if (this.stopping) {
      return;
    }

    const client = new library.LanguageClient('tritter', 'Tritter', { command: choice.command, args: choice.args }, this.clientOptions(library, { ...answers.options, device: settings.get('device', 'cpu') }));
    this.client = client;
    client.onNotification(StatusNotification.name, (status: Status) => this.set(status));
    client.onDidChangeState(({ newState }) => {
      if (newState === library.State.Starting) {
        this.set({ state: 'starting' });
      }
    });
    try {
      await client.start();
    } catch (error) {
      // The client has said in the log what went wrong.
      this.set({ state: 'stopped', reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async restart(): Promise<void> {
    this.restarts.forget();
    await this.stop();
    await this.start();
  }

  /** Asks the server to end; a server that does not is ended by its own watch on this process. */
  async stop(): Promise<void> {
    this.stopping = true;
    const client = this.client;
    this.client = undefined;
    if (client?.needsStop()) {
      await client.stop().catch((error: unknown) => this.log.warn(`the server did not end in order: ${String(error)}`));
    }

    await client?.dispose().catch(() => undefined);
  }

  /** The running client, for what has no answer without a server. */
  get running(): LanguageClient | undefined {
    return this.client?.isRunning() ? this.client : undefined;
  }

  /** Undefined where no server runs, and where the server is too old to know the method. */
  async request<P, R>({ name }: Method<P, R>, params: P, token?: vscode.CancellationToken): Promise<R | undefined> {
    const client = this.running;
    if (!client) {
      return undefined;
    }

    try {
      // An undefined token would be sent as a second parameter.
      return await (token ? client.sendRequest<R>(name, params, token) : client.sendRequest<R>(name, params));
    } catch (error) {
      if ((error as { code?: unknown }).code === methodNotFound) {
        this.log.debug(`the server does not know ${name}`);
        return undefined;
      }

      throw error;
    }
  }

  /** Nothing where no server runs. */
  notify<P>({ name }: Method<P>, params: P): void {
    void this.running?.sendNotification(name, params);
  }

  /** What an answer brings before it is complete; only while the server runs. */
  onProgress(token: string, handler: (part: AnswerProgress) => void): vscode.Disposable {
    return this.running!.onProgress(new this.library!.ProgressType<AnswerProgress>(), token, handler);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private set(state: ServerState): void {
    this.current = state;
    this.changed.fire(state);
  }

  private clientOptions(library: Library, initializationOptions: object): LanguageClientOptions {
    return {
      initializationOptions,
      documentSelector,
      outputChannel: this.log,
      middleware: this.middleware,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: library.ErrorAction.Continue, handled: true }),
        closed: () => this.closed(library),
      },
    };
  }

  private async closed({ CloseAction }: Library) {
    if (this.stopping) {
      return { action: CloseAction.DoNotRestart, handled: true };
    }

    const delay = this.restarts.afterCrash(Date.now());
    if (delay === undefined) {
      this.log.error('the server ended for the third time in five minutes and is not started again');
      this.set({ state: 'stopped', reason: 'the server ended three times' });
      void this.offerRestart();
      return { action: CloseAction.DoNotRestart, handled: true };
    }

    this.log.warn(`the server ended unexpectedly; starting it again in ${delay} ms`);
    this.set({ state: 'starting', reason: 'the server ended unexpectedly' });
    await new Promise((resolve) => setTimeout(resolve, delay));
    return { action: this.stopping ? CloseAction.DoNotRestart : CloseAction.Restart, handled: true };
  }

  private async offerRestart(): Promise<void> {
    const again = 'Restart';
    const showLog = 'Show Log';
    const chosen = await vscode.window.showErrorMessage('Tritter’s server ended three times in five minutes. Completion is off until you restart it.', again, showLog);
    if (chosen === again) {
      await this.restart();
    } else if (chosen === showLog) {
      this.log.show();
    }
  }
}
