import type { MapContract } from '../src/map-contract.js';
import { connect } from './connect.js';
import { element } from './elements.js';
//#if presence
import { showPeople } from './people.js';
//#end

type Position = MapContract['out']['moved'];

/** So often a position is sent while the pointer moves. */
const SEND_EVERY_MS = 50;
const COLOURS = ['#d33', '#2a7', '#36c', '#b60', '#83c', '#088'];

const { socket } = await connect();
const canvas = element('map', HTMLCanvasElement);
const status = element('status', HTMLElement);
const positions = new Map<string, Position>();

function draw(): void {
  const { width, height } = canvas;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.clearRect(0, 0, width, height);
  context.font = '14px system-ui';
  for (const { id, name, x, y } of positions.values()) {
    const number = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
    context.fillStyle = COLOURS[number % COLOURS.length] ?? '#000';
    context.beginPath();
    context.arc(x * width, y * height, 8, 0, 2 * Math.PI);
    context.fill();
    context.fillText(name, x * width + 12, y * height + 5);
  }
  canvas.dataset.people = [...positions.values()].map(({ name }) => name).join(', ');
}

const channel = socket.channel(`map:${location.hash.slice(1) || 'lobby'}`, {});
channel.on('moved', (position: Position) => {
  positions.set(position.id, position);
  draw();
});
channel.on('gone', ({ id }: MapContract['out']['gone']) => {
  positions.delete(id);
  draw();
});
//#if presence
showPeople(channel);
//#end
channel.join().receive('ok', (reply: MapContract['join']['reply']) => {
  positions.clear();
  for (const position of reply.positions) positions.set(position.id, position);
  status.textContent = 'Connected';
  draw();
});

let sentAt = 0;
canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
  if (performance.now() - sentAt < SEND_EVERY_MS) return;
  sentAt = performance.now();
  const part = (value: number): number => Math.min(1, Math.max(0, value));
  channel.push('move', { x: part(offsetX / canvas.clientWidth), y: part(offsetY / canvas.clientHeight) });
});
