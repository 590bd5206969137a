import type { Shown } from '../src/game-contract.js';

const RADIUS = 12;

/** The world on a canvas, as it was told last. */
export class Arena {
  readonly #canvas: HTMLCanvasElement;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  show({ players, coins }: Shown, you: string | undefined): void {
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    for (const { x, y } of coins) disc(context, x, y, 7, '#d9a400');
    context.font = '14px system-ui';
    context.textAlign = 'center';
    for (const { id, name, x, y } of players) {
      disc(context, x, y, RADIUS, id === you ? '#2a7de1' : '#8a8f98');
      // Beneath who is at the upper edge.
      context.fillText(name, x, y < 30 ? y + RADIUS + 16 : y - RADIUS - 4);
    }
  }
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
