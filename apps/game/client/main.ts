import { Socket } from 'phoenix';
import type { GameContract, Shown } from '../src/game-contract.js';
import type { Direction } from '../src/world.js';
import { Arena } from './arena.js';
import { element } from './elements.js';

const KEYS: { readonly [key: string]: Direction } = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };

const name = location.hash.slice(1) || prompt('Your name') || 'Nobody';
const canvas = element('arena', HTMLCanvasElement);
const arena = new Arena(canvas);
const round = element('round', HTMLElement);
const scores = element('scores', HTMLUListElement);

const socket = new Socket('/socket', { params: { name }, rejoinAfterMs: () => 200 });
socket.connect();
const channel = socket.channel('game', {});
let you: string | undefined;
channel.join().receive('ok', (reply: GameContract['join']['reply']) => {
  you = reply.you;
});

channel.on('world', (world: Shown) => {
  arena.show(world, you);
  round.textContent = `Round ${world.round}`;
  const lines = [...new Set([...world.players.map((player) => player.name), ...Object.keys(world.scores)])].sort();
  scores.replaceChildren(
    ...lines.map((player) => {
      const item = document.createElement('li');
      item.textContent = `${player}: ${world.scores[player] ?? 0}`;
      return item;
    }),
  );
  // What the canvas shows, for who cannot see it.
  canvas.dataset.world = JSON.stringify({ ...world, you });
});

let said: Direction = 'stop';
function steer(to: Direction): void {
  if (to === said) return;
  said = to;
  channel.push('steer', { to });
}
document.addEventListener('keydown', ({ key }) => {
  const to = KEYS[key];
  if (to !== undefined) steer(to);
});
document.addEventListener('keyup', ({ key }) => {
  if (KEYS[key] === said) steer('stop');
});
// Whoever has joined anew stands still.
channel.onError(() => {
  said = 'stop';
});
element('crash', HTMLButtonElement).addEventListener('click', () => channel.push('crash', {}));
