import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const docs = fileURLToPath(new URL('..', import.meta.url));
const root = join(docs, '..');

/** Pages in the order of the contents page; what it does not name comes last. */
const ORDER = [...readFileSync(join(docs, 'README.md'), 'utf8').matchAll(/^- \[.*?\]\(\w+\/([\w-]+)\.md/gm)].map(([, name]) => name);

function pages(folder: string): { text: string; link: string }[] {
  const names = readdirSync(join(docs, folder)).filter((name) => name.endsWith('.md'));
  const place = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return names
    .map((name) => name.replace(/\.md$/, ''))
    .sort((a, b) => place(a) - place(b))
    .map((name) => ({ text: (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('-', ' '), link: `/${folder}/${name}` }));
}

/** Links to files of the repository that are not part of the site: they must be there. */
function leadsIntoRepository(link: string): boolean {
  const path = link.replace(/^(\.{1,2}\/)+/, '').replace(/#.*$/, '');
  return link.includes('../') && ['', '.md', '/index.md'].some((end) => existsSync(join(root, path + end)));
}

export default defineConfig({
  title: 'Rekindle',
  description: 'Erlang/OTP-style actors for TypeScript, with Phoenix Channels on top of them',
  rewrites: { 'README.md': 'index.md' },
  srcExclude: ['.snippets/**'],
  cleanUrls: true,
  lastUpdated: false,
  ignoreDeadLinks: [leadsIntoRepository],
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Tutorial', link: '/tutorial/chat' },
      { text: 'Guides', link: '/guides/actors' },
      { text: 'Reference', link: '/reference/semantics' },
      { text: 'API', link: '/api/index.html', target: '_self' },
    ],
    sidebar: [
      { text: 'Tutorial', items: [{ text: 'From zero to a crash-proof chat', link: '/tutorial/chat' }] },
      { text: 'Guides', items: pages('guides') },
      { text: 'Reference', items: [...pages('reference'), { text: 'API', link: '/api/index.html', target: '_self' }] },
      { text: 'Explanation', items: pages('explanation') },
    ],
  },
});
