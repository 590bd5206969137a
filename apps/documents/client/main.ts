import { recoverable } from '@rekindle/client';
import { Socket } from 'phoenix';
import type { Changed, DocumentContract, Whole } from '../src/document-contract.js';
import { Copy } from './copy.js';
import { element } from './elements.js';
import { rendered } from './rendered.js';

const name = location.hash.slice(1) || 'welcome';
const page = element('document', HTMLElement);
const status = element('status', HTMLElement);
const copy = new Copy();
/** How often the whole document was fetched: once, unless more was missed than the server keeps. */
let reads = 0;
let reading = false;

const socket = new Socket('/socket', { reconnectAfterMs: () => 200 });
socket.onError(() => {
  status.textContent = 'Connecting…';
});
socket.connect();
// What cannot be recovered needs no word of its own: the reply to the join names the newest version.
const channel = recoverable((cursor) => socket.channel(`document:${name}`, () => ({ ...cursor() })));

function show(): void {
  page.replaceChildren(...rendered(copy.lines));
  page.dataset.reads = String(reads);
  status.textContent = `Live, ${copy.changes} ${copy.changes === 1 ? 'change' : 'changes'} since it was opened`;
}

/** Fetches the whole, again if it has grown old on its way. */
function catchUp(): void {
  if (reading || !copy.behind) return;
  reading = true;
  reads++;
  channel
    .push('read', {})
    .receive('ok', (whole: Whole) => {
      reading = false;
      copy.take(whole);
      show();
      catchUp();
    })
    .receive('timeout', () => {
      reading = false;
    });
}

channel.on('changed', (changed: Changed) => {
  copy.patch(changed);
  show();
  catchUp();
});
channel
  .join()
  .receive('ok', ({ version, names }: DocumentContract['join']['reply']) => {
    copy.heardOf(version);
    element('names', HTMLElement).replaceChildren(...names.map(link));
    if (copy.behind) catchUp();
    else show();
  })
  .receive('error', ({ reason }: { reason: string }) => {
    status.textContent = reason;
  });
channel.onError(() => {
  reading = false;
});

function link(to: string): HTMLAnchorElement {
  const made = document.createElement('a');
  made.href = `#${to}`;
  made.textContent = to;
  if (to === name) made.setAttribute('aria-current', 'page');
  return made;
}

element('crash', HTMLButtonElement).addEventListener('click', () => channel.push('crash', {}));
addEventListener('hashchange', () => location.reload());
