// Copies the TypeScript blocks of README.md, of the packages' and apps' READMEs, and of docs/**/*.md into docs/.snippets, one file each,
// so that the compiler checks them.
// A block starts at the line it has in its page: the compiler's line numbers are the page's. Blocks marked `fragment` are left out.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pnpm.mjs';

const docs = join(root, 'docs');
const target = join(docs, '.snippets');

/** Names relative to the root. */
function pages() {
  const names = readdirSync(docs, { recursive: true }).filter((name) => name.endsWith('.md') && !name.includes('node_modules'));
  const readmes = ['packages', 'apps'].flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name, 'README.md')));
  const found = readmes.filter((readme) => existsSync(join(root, readme)));
  return ['README.md', ...found.sort(), ...names.sort().map((name) => join('docs', name))];
}

function snippetsOf(page) {
  const snippets = [];
  let open;
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^\s*```\s*(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open !== undefined) {
      if (open.wanted) snippets.push(open);
      open = undefined;
    } else {
      const [language, ...marks] = fence[1].split(/\s+/);
      open = { line: index + 2, lines: [], wanted: (language === 'ts' || language === 'typescript') && !marks.includes('fragment') };
    }
  }
  return snippets;
}

export function writeSnippets() {
  rmSync(target, { recursive: true, force: true });
  for (const page of pages()) {
    for (const { line, lines } of snippetsOf(readFileSync(join(root, page), 'utf8'))) {
      const name = `${page.replace(/\.md$/, '').replaceAll(/[\\/]/g, '_')}-${line}.ts`;
      mkdirSync(target, { recursive: true });
      // The empty export makes it a module, as a reader's file is: names of two blocks do not meet.
      writeFileSync(join(target, name), `${'\n'.repeat(line - 1)}${lines.join('\n')}\nexport {};\n`);
    }
  }
}
