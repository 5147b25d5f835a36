// Which model puts answers into words, as the user chose it for themself.

/** What VS Code knows of a setting: whose value is which. */
export type Inspect = (name: string) => { globalValue?: unknown; workspaceValue?: unknown; workspaceFolderValue?: unknown } | undefined;

export interface AnswerModel {
  /** For the server, at its start. */
  options: { answers: { chatModel?: string; endpoint?: { url: string; model: string; key?: string } } };
  /** The host that questions and code are sent to; undefined while nothing leaves this machine. */
  remote?: string;
}

/** Only what the user set counts. What a repository says is never looked at: it must not be able to send code anywhere. */
export function answerModel(inspect: Inspect, key?: string): AnswerModel {
  const set = (name: string): unknown => inspect(name)?.globalValue;
  const text = (name: string) => {
    const value = set(name);
    return typeof value === 'string' ? value : '';
  };
  const chatModel = text('answers.chatModel');
  if (chatModel) {
    return { options: { answers: { chatModel } } };
  }

  const url = text('answers.endpoint.url');
  if (!url) {
    return { options: { answers: {} } };
  }

  const endpoint = { url, model: text('answers.endpoint.model'), ...(key ? { key } : {}) };
  return { options: { answers: { endpoint } }, ...(URL.canParse(url) ? { remote: new URL(url).host } : {}) };
}
