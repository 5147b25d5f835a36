// The last prompt as a text to read.

import type { LastPrompt, PromptPiece } from '../server/protocol';

const names: Record<string, string> = {
  repository: 'the repository',
  context: 'from another file',
  path: 'the file',
  suffix: 'behind the cursor',
  prefix: 'before the cursor',
  healed: 'typed, and spelled again by the model',
};

/** One heading for each piece, in the order in which the model read them, and then the piece itself, unchanged. */
export function promptText(prompt: LastPrompt | null | undefined, fileName: (uri: string) => string): string {
  if (!prompt) {
    return 'The model has not been asked yet: type in a file, then open this again.\n';
  }

  const { promptTokens, cachedTokens, computedTokens } = prompt;
  const cost = `${promptTokens} tokens: ${cachedTokens} from the cache, ${computedTokens} computed`;
  return [`What the model saw of ${fileName(prompt.uri)}`, cost, '', ...prompt.pieces.map(section)].join('\n');
}

function section(piece: PromptPiece): string {
  const name = names[piece.kind] ?? piece.kind;
  const title = [name, piece.path, `${piece.tokens} ${piece.tokens === 1 ? 'token' : 'tokens'}`].filter(Boolean).join(' · ');
  return `──── ${title} ${'─'.repeat(Math.max(4, 90 - title.length))}\n${piece.text.replace(/\n?$/, '\n')}`;
}
