import { Socket } from 'phoenix';
import type { At } from '../src/contracts.js';
import { element } from './elements.js';

// One vehicle: by the arrow keys, or by itself.

const STEP = 0.02;
const EVERY_MS = 100;
const KEYS: { readonly [key: string]: readonly [number, number] } = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

const vehicle = location.hash.slice(1) || 'van-1';
element('name', HTMLElement).textContent = vehicle;
const status = element('status', HTMLElement);
const itself = element('itself', HTMLInputElement);

const socket = new Socket('/socket', { params: { drives: vehicle } });
socket.onError(() => {
  status.textContent = 'Connecting…';
});
socket.connect();
socket.channel('fleet', {}).join();
const channel = socket.channel(`vehicle:${vehicle}`, {});

let [x, y] = [0.5, 0.5];
const within = (value: number): number => Math.min(1, Math.max(0, value));

function drive(byX: number, byY: number): void {
  [x, y] = [within(x + byX), within(y + byY)];
  channel.push('drive', { x, y });
}

// Where it was left, it is found again.
let found = false;
channel.on('at', (at: At) => {
  if (!found) [x, y] = [at.x, at.y];
  found = true;
});
channel.join().receive('ok', () => {
  status.textContent = 'Ready';
});

document.addEventListener('keydown', ({ key }) => {
  const by = KEYS[key];
  if (by !== undefined) drive(...by);
});

let direction = Math.random() * 2 * Math.PI;
setInterval(() => {
  if (!itself.checked) return;
  direction += (Math.random() - 0.5) * 0.8;
  if (x <= 0 || x >= 1 || y <= 0 || y >= 1) direction = Math.atan2(0.5 - y, 0.5 - x);
  drive((Math.cos(direction) * STEP) / 2, (Math.sin(direction) * STEP) / 2);
}, EVERY_MS);

addEventListener('hashchange', () => location.reload());
