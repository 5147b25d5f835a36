// What client and server say to each other beyond LSP; docs/lsp-extensions.md describes it.

import { NotificationType, ProgressType, RequestType, type Range } from 'vscode-languageserver-protocol';

export interface Status {
  state: 'starting' | 'ready' | 'busy' | 'error';
  reason?: string;
  model?: string;
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
  /** Every sentence comes from the code itself; none was written by a model. */
  exact: boolean;
  citations: Citation[];
  searched?: { files: number; chunks: number; words: string[] };
  conversation?: string;
  model?: string;
  /** The address that the question was sent to, if the user chose to have a model elsewhere. */
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

export const StatusNotification = new NotificationType<Status>('tritter/status');
export const StatsRequest = new RequestType<object, Stats, void>('tritter/stats');
export const LastPromptRequest = new RequestType<{ uri?: string }, LastPrompt | null, void>('tritter/lastPrompt');
export const ExplainRequest = new RequestType<ExplainParams, Answer, void>('tritter/explain');
export const AskRequest = new RequestType<AskParams, Answer, void>('tritter/ask');
export const AnswerProgress = new ProgressType<{ markdown: string }>();
export const ClearConversationRequest = new RequestType<{ conversation?: string }, null, void>('tritter/clearConversation');
export const DidShowCompletion = new NotificationType<{ id: string }>('tritter/didShowCompletion');
export const DidPartiallyAcceptCompletion = new NotificationType<{ id: string; acceptedLength: number }>('tritter/didPartiallyAcceptCompletion');

/** The command of an inline completion: run when the user takes it, and answered by the server. */
export const acceptedCommand = 'tritter.completion.accepted';
