// A language client for benches: starts `tritter lsp` and speaks LSP to it over its standard streams.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { tritter } from '../scripts/repository.mjs';

const ticksPerSecond = 100;

export class LspClient {
  #waiting = new Map();
  #nextId = 1;
  #rest = Buffer.alloc(0);
  /** Notifications so far, oldest first. */
  notifications = [];

  /** @param settings what the section `tritter` holds. */
  constructor(settings = {}, args = [], env = process.env) {
    this.settings = settings;
    this.server = spawn(tritter, ['lsp', ...args], { stdio: ['pipe', 'pipe', 'ignore'], env });
    this.server.stdout.on('data', (chunk) => this.#read(chunk));
  }

  /** Sends a request; its id, and the answer to come. */
  request(method, params) {
    const id = this.#nextId++;
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#send({ id, method, params });
    return { id, answer };
  }

  notify(method, params) {
    this.#send({ method, params });
  }

  /** Resident memory in MB: now, and at most so far. */
  memory() {
    const status = readFileSync(`/proc/${this.server.pid}/status`, 'utf8');
    const megabytes = (key) => Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)[1]) / 1024);
    return { now: megabytes('VmRSS'), most: megabytes('VmHWM') };
  }

  /** Milliseconds of processor time that the server has used. */
  processorMs() {
    const [user, system] = readFileSync(`/proc/${this.server.pid}/stat`, 'utf8').split(') ').at(-1).split(' ').slice(11, 13).map(Number);
    return ((user + system) * 1000) / ticksPerSecond;
  }

  async initialize(rootUri) {
    await this.request('initialize', { processId: process.pid, rootUri, capabilities: { workspace: { configuration: true } } }).answer;
    this.notify('initialized', {});
  }

  async end() {
    await this.request('shutdown', null).answer;
    this.notify('exit', null);
  }

  #send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.server.stdin.write(body);
  }

  #read(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let head; (head = this.#rest.indexOf('\r\n\r\n')) >= 0; ) {
      const length = Number(/Content-Length: (\d+)/i.exec(this.#rest.subarray(0, head).toString())[1]);
      if (this.#rest.length < head + 4 + length) {
        return;
      }

      const message = JSON.parse(this.#rest.subarray(head + 4, head + 4 + length).toString());
      this.#rest = this.#rest.subarray(head + 4 + length);
      if (message.method && message.id !== undefined) {
        this.#send({ id: message.id, result: message.method === 'workspace/configuration' ? [this.settings] : null });
      } else if (message.id !== undefined) {
        this.#waiting.get(message.id)?.(message);
      } else {
        this.notifications.push(message);
      }
    }
  }
}
