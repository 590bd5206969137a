// In any of a template's files: a line `//#if auth` (or `//#if !auth`), `//#else`, `//#end`; `# #if` in YAML, `<!--#if -->` in HTML.
const DIRECTIVE = /^\s*(?:\/\/|# |<!--)#(if|else|end)(?: (!?)(\w+))?(?:-->)?\s*$/;

/** The text with the lines that belong to the features that are on. Directives may stand within one another. */
export function applyDirectives(text: string, on: ReadonlySet<string>): string {
  const open: { readonly outer: boolean; shown: boolean }[] = [];
  let shown = true;
  const kept = text.split('\n').filter((line) => {
    const [, what, not, feature = ''] = DIRECTIVE.exec(line) ?? [];
    if (what === undefined) return shown;
    if (what === 'if') {
      open.push({ outer: shown, shown });
      shown = shown && on.has(feature) === (not === '');
    } else {
      const last = what === 'end' ? open.pop() : open.at(-1);
      if (last === undefined) throw new Error(`a template has '${line.trim()}' without an #if`);
      shown = what === 'end' ? last.outer : last.outer && !shown;
    }
    return false;
  });
  if (open.length > 0) throw new Error('a template has an #if without its #end');
  return kept.join('\n');
}
