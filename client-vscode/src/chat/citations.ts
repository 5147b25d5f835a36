// Citations in VS Code's own chat, which cannot follow our links: they become plain numbers, and the places follow the text.

const link = /\[\[(\d+)\]\]\(citation:\d+\)/g;
// A link of which the rest may still be on its way.
const unfinished = /\[(?:\[\d*(?:\](?:\](?:\([^)]*)?)?)?)?$/;

/** Streams text with its citations rewritten; what may be half a link is held back until more comes or the text ends. */
export class CitationStream {
  private held = '';

  constructor(private readonly write: (markdown: string) => void) {}

  append(markdown: string): void {
    const text = this.held + markdown;
    const cut = text.search(unfinished);
    this.held = cut < 0 ? '' : text.slice(cut);
    this.emit(cut < 0 ? text : text.slice(0, cut));
  }

  end(): void {
    this.emit(this.held);
    this.held = '';
  }

  private emit(text: string): void {
    if (text) {
      this.write(text.replace(link, '\\[$1\\]'));
    }
  }
}
