import { recoverable, typed } from '@rekindle/client';
import { Socket } from 'phoenix';
import type { Topics } from '../src/contracts.js';
import { create, element, status } from './elements.js';

// One match: the stock client, with the types of the contracts.

const match = location.hash.slice(1);
const connection = new Socket('/socket');
connection.onError(() => status('away', 'Connecting…'));
connection.connect();
const socket = typed<Topics>(connection);

const score = socket.channel(`score:${match}`, {});
score.on('score', ({ home, away }) => {
  element('score').textContent = `${home} : ${away}`;
});
score.join();

let lost = false;
const lines = recoverable(
  (cursor) => socket.channel(`match:${match}`, () => ({ ...cursor() })),
  () => {
    lost = true;
  },
);
lines.on('line', ({ minute, text }) => {
  element('lines').prepend(create('li', 'line', create('b', 'minute', `${minute}′`), ' ', create('span', 'text', text)));
});
lines
  .join()
  .receive('ok', ({ home, away }) => {
    element('teams').textContent = `${home} – ${away}`;
    status(lost ? 'lost' : 'live', lost ? 'Some lines were missed' : 'Live');
  })
  .receive('error', ({ reason }) => status('lost', reason));

addEventListener('hashchange', () => location.reload());
