// @tritter in VS Code's chat, and the language model provider without which the chat would not open for it.

import * as vscode from 'vscode';
import { answer, type Question } from '../ask/answers';
import { besides } from '../ask/askView';
import type { Answer } from '../server/protocol';
import type { Server } from '../server/server';
import { CitationStream } from './citations';

export function registerChat(server: Server, extensionUri: vscode.Uri): vscode.Disposable {
  const participant = vscode.chat.createChatParticipant('tritter.chat', async (request, _context, stream, token) => {
    const result = await stated(server, toQuestion(request), (text) => stream.markdown(text), token);
    for (const { uri, range, path, id } of result?.citations ?? []) {
      const place = new vscode.Location(vscode.Uri.parse(uri), new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character));
      stream.markdown(`\n\n\\[${id}\\] `);
      stream.anchor(place, `${path}:${range.start.line + 1}`);
    }
  });
  participant.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'tritter.svg');
  return vscode.Disposable.from(participant, vscode.lm.registerLanguageModelChatProvider('tritter', modelProvider(server)));
}

/** VS Code learns of a model when somebody asks for it, and until then has none for the chat: the first question to @tritter would fail. */
export async function offerModel(): Promise<void> {
  await vscode.lm.selectChatModels({ vendor: 'tritter' });
}

function toQuestion(request: vscode.ChatRequest): Question {
  const beside = besides();
  return request.command === 'explain' && beside.textDocument
    ? { explain: { textDocument: beside.textDocument, ...(beside.range ? { range: beside.range } : { position: vscode.window.activeTextEditor?.selection.active }) } }
    : { ask: { question: request.prompt, ...beside } };
}

/** The answer, or the reason why there is none, as text. */
async function stated(server: Server, question: Question, write: (text: string) => void, token: vscode.CancellationToken): Promise<Answer | undefined> {
  let streamed = false;
  const text = new CitationStream(write);
  try {
    const result = await answer(
      server,
      question,
      (markdown) => {
        streamed = true;
        text.append(markdown);
      },
      token,
    );
    if (!streamed) {
      text.append(result.markdown);
    }

    return result;
  } catch (error) {
    if (!token.isCancellationRequested) {
      text.append(error instanceof Error ? error.message : String(error));
    }

    return undefined;
  } finally {
    text.end();
  }
}

function modelProvider(server: Server): vscode.LanguageModelChatProvider {
  return {
    provideLanguageModelChatInformation: () => [
      {
        id: 'tritter',
        name: 'Tritter',
        family: 'tritter',
        version: '1',
        detail: server.remote ? `Sends code to ${server.remote}` : 'On this machine',
        tooltip: `Answers from the repository; ${server.remote ? `questions, and the code that answers them, are sent to ${server.remote}` : 'nothing leaves this machine'}`,
        maxInputTokens: 2048,
        maxOutputTokens: 1024,
        // VS Code's chat begins as an agent, and then refuses @tritter, too, unless there is a model that takes tools. None are called.
        capabilities: { toolCalling: true },
      },
    ],
    provideLanguageModelChatResponse: async (_model, messages, _options, progress, token) => {
      const question = textOf(messages.at(-1));
      await stated(server, { ask: { question } }, (text) => progress.report(new vscode.LanguageModelTextPart(text)), token);
    },
    // An estimate: this is asked for far more often than it is worth the server's time.
    provideTokenCount: (_model, text) => Promise.resolve(Math.ceil((typeof text === 'string' ? text : textOf(text)).length / 4)),
  };
}

function textOf(message: vscode.LanguageModelChatRequestMessage | undefined): string {
  return (message?.content ?? []).flatMap((part) => (part instanceof vscode.LanguageModelTextPart ? [part.value] : [])).join('');
}
