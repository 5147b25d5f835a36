// The HTML of the ask view: a frame for the page's script, under a policy that lets nothing else in.

export interface Resources {
  script: string;
  style: string;
  cspSource: string;
  nonce: string;
}

export function askPage({ script, style, cspSource, nonce }: Resources): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}';">
  <meta name="viewport" content="width=device-width, initial-scale=1.0">
  <link rel="stylesheet" href="${style}">
  <title>Ask Tritter</title>
</head>
<body>
  <main id="answers" role="log" aria-live="polite" aria-label="Answers" tabindex="0"></main>
  <form id="form">
    <label for="question" class="hidden">Question about the repository</label>
    <textarea id="question" rows="2" placeholder="Ask about the repository" aria-describedby="hint"></textarea>
    <div class="bar">
      <span id="hint">Enter asks, Shift+Enter starts a line</span>
      <button type="button" id="stop" class="secondary" hidden>Stop</button>
      <button type="submit" id="ask">Ask</button>
    </div>
  </form>
  <script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
