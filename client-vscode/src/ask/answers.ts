// Asks the server for an answer and hands its text on as it comes.

import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { AskRequest, ExplainRequest, type Answer, type AskParams, type ExplainParams } from '../server/protocol';
import type { Server } from '../server/server';

export type Question = { explain: ExplainParams } | { ask: AskParams };

/** Thrown with one line for the user. */
export class NoAnswer extends Error {}

/** Who stops an answer does not wait for the server to notice. */
function cancelled(token: vscode.CancellationToken): Promise<never> {
  return new Promise((_, reject) => token.onCancellationRequested(() => reject(new vscode.CancellationError())));
}

/** Streams to `append` and returns the whole answer, whose text is the one that counts. */
export async function answer(server: Server, question: Question, append: (markdown: string) => void, token: vscode.CancellationToken): Promise<Answer> {
  if (!server.running) {
    throw new NoAnswer(`The server does not run${server.state.reason ? `: ${server.state.reason}` : ''}.`);
  }

  const partialResultToken = randomUUID();
  const progress = server.onProgress(partialResultToken, ({ markdown }) => append(markdown));
  try {
    const asked =
      'explain' in question
        ? server.request(ExplainRequest, { ...question.explain, partialResultToken }, token)
        : server.request(AskRequest, { ...question.ask, partialResultToken }, token);
    const result = await Promise.race([asked, cancelled(token)]);
    if (!result) {
      throw new NoAnswer('This server cannot answer questions yet.');
    }

    return result;
  } finally {
    progress.dispose();
  }
}
