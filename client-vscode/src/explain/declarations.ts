// Lines that declare a type or a member, found without a compiler: for editors that have no extension for the language.

const patterns: Record<string, RegExp> = {
  csharp:
    /^\s*(?:\[[^\]]*\]\s*)*(?:(?:public|private|protected|internal|static|sealed|abstract|partial|virtual|override|readonly|async|extern|unsafe|file|new|ref|required)\s+)+(?:(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?)\s+\w+|[\w<>[\],.?()\s]+?\s+\w+(?:<[^>]*>)?\s*(?:\(|\{|=>|$))/,
  python: /^\s*(?:async\s+)?(?:def|class)\s+\w+/,
  rust: /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:async|const|unsafe|extern(?:\s+"[^"]*")?)\s+)*(?:fn|struct|enum|trait|impl|union|mod)\b/,
};

/** Numbers, from 0, of the lines on which declarations begin. */
export function declarationLines(languageId: string, text: string): number[] {
  const pattern = patterns[languageId];
  if (!pattern) {
    return [];
  }

  return text.split(/\r?\n/).flatMap((line, number) => (pattern.test(line) ? [number] : []));
}
