import type { At } from '../src/contracts.js';

const TRAIL = 200;
const COLOURS = ['#2a7de1', '#d33f49', '#2f9e44', '#b8860b', '#8a3ffc', '#0b8a8a'];

interface Drawn {
  readonly colour: string;
  readonly trail: At[];
}

/** The vehicles on a canvas, each with the way it has come. */
export class RoadMap {
  readonly #canvas: HTMLCanvasElement;
  readonly #vehicles = new Map<string, Drawn>();
  #pending = false;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#draw();
  }

  show(vehicle: string, at: At): void {
    const colour = COLOURS[this.#vehicles.size % COLOURS.length] ?? '#000';
    const drawn = this.#vehicles.get(vehicle) ?? { colour, trail: [] };
    this.#vehicles.set(vehicle, drawn);
    drawn.trail.push(at);
    if (drawn.trail.length > TRAIL) drawn.trail.shift();
    this.#drawSoon();
  }

  remove(vehicle: string): void {
    this.#vehicles.delete(vehicle);
    this.#drawSoon();
  }

  /** However many vehicles move, a frame is drawn once. */
  #drawSoon(): void {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.clearRect(0, 0, width, height);
    context.strokeStyle = 'rgb(128 128 128 / 25%)';
    context.lineWidth = 8;
    for (let i = 1; i < 8; i++) {
      line(context, [i * (width / 8), 0], [i * (width / 8), height]);
      if (i < 5) line(context, [0, i * (height / 5)], [width, i * (height / 5)]);
    }
    for (const [name, { colour, trail }] of this.#vehicles) {
      const last = trail.at(-1);
      if (last === undefined) continue;
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = 2;
      context.beginPath();
      for (const { x, y } of trail) context.lineTo(x * width, y * height);
      context.stroke();
      context.globalAlpha = last.parked ? 0.4 : 1;
      context.beginPath();
      context.arc(last.x * width, last.y * height, 8, 0, 2 * Math.PI);
      context.fill();
      context.font = '14px system-ui';
      context.fillText(name, last.x * width + 12, last.y * height + 5);
      context.globalAlpha = 1;
    }
    // For who cannot see it.
    this.#canvas.dataset.drawn = [...this.#vehicles.keys()].join(', ');
  }
}

function line(context: CanvasRenderingContext2D, from: readonly [number, number], to: readonly [number, number]): void {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
