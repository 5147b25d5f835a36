// What client and server say to each other beyond LSP; docs/lsp-extensions.md describes it.

import type { Range } from 'vscode-languageserver-protocol';

export interface Status {
  state: 'starting' | 'ready' | 'busy' | 'error';
  reason?: string;
  model?: string;
  /** Where the model computes and why there, once it does. */
  device?: string;
  /** 0 to 1, while starting. */
  progress?: number;
}

export interface Stats {
  model?: string;
  tokensPerSecond: number;
  requests: number;
  answered: number;
  fromCache?: number;
  shown: number;
  accepted: number;
  keptAfter30s: number;
  latencyMs: { p50: number; p95: number; histogram?: { upTo?: number; count: number }[] };
  promptTokens: { cached: number; computed: number };
  emptyReasons: { reason: string; count: number }[];
  lastEmpty?: { uri: string; reason: string };
  index?: { state: 'off' | 'building' | 'ready' | 'failed'; files: number; filesDone: number; redactions: number; reason?: string };
  memoryMb: number;
}

export interface PromptPiece {
  kind: string;
  path?: string;
  tokens: number;
  text: string;
}

/** The last prompt, in the order in which the model read it. */
export interface LastPrompt {
  uri: string;
  promptTokens: number;
  cachedTokens: number;
  computedTokens: number;
  pieces: PromptPiece[];
}

export interface Citation {
  id: number;
  uri: string;
  path: string;
  range: Range;
  symbol?: string;
  hash?: string;
  /** The file has changed since it was read for the answer. */
  stale: boolean;
}

export interface Answer {
  markdown: string;
  kind: string;
  /** What was found comes from the code itself; only the words of `model` below it do not. */
  exact: boolean;
  citations: Citation[];
  searched?: { files: number; chunks: number; words: string[] };
  conversation?: string;
  model?: string;
  /** The host that the question and code were sent to, if the user chose a model elsewhere. */
  remote?: string;
}

interface Place {
  textDocument: { uri: string };
  range?: Range;
}

interface Streaming {
  workDoneToken?: string;
  partialResultToken?: string;
}

export type ExplainParams = Place & Streaming & { position?: Range['start']; diagnostic?: string };
export type AskParams = Partial<Place> & Streaming & { question: string; conversation?: string };

/** A method by its name, with the types of its parameters and result. Not the protocol library's own, which would be loaded for it at activation. */
export class Method<P, R = void> {
  declare readonly types: (params: P) => R;

  constructor(readonly name: string) {}
}

export const StatusNotification = new Method<Status>('tritter/status');
export const StatsRequest = new Method<object, Stats>('tritter/stats');
export const LastPromptRequest = new Method<{ uri?: string }, LastPrompt | null>('tritter/lastPrompt');
export const ExplainRequest = new Method<ExplainParams, Answer>('tritter/explain');
export const AskRequest = new Method<AskParams, Answer>('tritter/ask');
export const ClearConversationRequest = new Method<{ conversation?: string }, null>('tritter/clearConversation');
export const DidShowCompletion = new Method<{ id: string }>('tritter/didShowCompletion');
export const DidPartiallyAcceptCompletion = new Method<{ id: string; acceptedLength: number }>('tritter/didPartiallyAcceptCompletion');

/** What comes with a partial result token, to be appended. */
export interface AnswerProgress {
  markdown: string;
}

/** The command of an inline completion: run when the user takes it, and answered by the server. */
export const acceptedCommand = 'tritter.completion.accepted';
