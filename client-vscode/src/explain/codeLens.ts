// "Explain" above types and members; off by default.

import * as vscode from 'vscode';
import { declarationLines } from './declarations';

const setting = 'tritter.explain.codeLens';
const kinds = new Set([
  vscode.SymbolKind.Class, vscode.SymbolKind.Struct, vscode.SymbolKind.Interface, vscode.SymbolKind.Enum,
  vscode.SymbolKind.Method, vscode.SymbolKind.Constructor, vscode.SymbolKind.Property, vscode.SymbolKind.Function, vscode.SymbolKind.Event,
]);

export class ExplainCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscription = vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration(setting) && this.changed.fire());

  readonly onDidChangeCodeLenses = this.changed.event;

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!vscode.workspace.getConfiguration('tritter.explain', document).get<boolean>('codeLens', false)) {
      return [];
    }

    // Another extension's symbols are exact; where there are none, the lines themselves say enough.
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', document.uri);
    const places = symbols?.length ? flatten(symbols) : declarationLines(document.languageId, document.getText()).map((line) => nameOn(document.lineAt(line)));
    return places.map(
      (range) => new vscode.CodeLens(range, { title: 'Explain', tooltip: 'Explain with Tritter', command: 'tritter.explainAt', arguments: [document.uri, range.start] }),
    );
  }

  dispose(): void {
    vscode.Disposable.from(this.changed, this.subscription).dispose();
  }
}

function flatten(symbols: vscode.DocumentSymbol[]): vscode.Range[] {
  // A symbol of the old kind, without a selection range, comes from providers that give no tree.
  return symbols.flatMap((s) => [...(kinds.has(s.kind) && s.selectionRange ? [s.selectionRange] : []), ...flatten(s.children ?? [])]);
}

/** The declared name's place as nearly as a line tells: the word before what opens parameters or a body. */
function nameOn(line: vscode.TextLine): vscode.Range {
  const declared = /(\w+)\s*(?:<[^>]*>)?\s*(?:\(|\{|=>|:|$)/.exec(line.text);
  const start = declared ? declared.index : line.firstNonWhitespaceCharacterIndex;
  return new vscode.Range(line.lineNumber, start, line.lineNumber, line.text.length);
}
