// Asks the server for an answer and hands its text on as it comes.

import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { AnswerProgress, AskRequest, ExplainRequest, type Answer, type AskParams, type ExplainParams } from '../server/protocol';
import type { Server } from '../server/server';

export type Question = { explain: ExplainParams } | { ask: AskParams };

/** Thrown with one line for the user. */
export class NoAnswer extends Error {}

/** Streams to `append` and returns the whole answer, whose text is the one that counts. */
export async function answer(server: Server, question: Question, append: (markdown: string) => void, token: vscode.CancellationToken): Promise<Answer> {
  const client = server.running;
  if (!client) {
    throw new NoAnswer(`The server does not run${server.state.reason ? `: ${server.state.reason}` : ''}.`);
  }

  const partialResultToken = randomUUID();
  const progress = client.onProgress(AnswerProgress, partialResultToken, ({ markdown }) => append(markdown));
  try {
    const result =
      'explain' in question
        ? await server.request(ExplainRequest, { ...question.explain, partialResultToken }, token)
        : await server.request(AskRequest, { ...question.ask, partialResultToken }, token);
    if (!result) {
      throw new NoAnswer('This server cannot answer questions yet.');
    }

    return result;
  } finally {
    progress.dispose();
  }
}
