import type { Reading } from '../src/sensor-contract.js';

const SVG = 'http://www.w3.org/2000/svg';
const SHOWN = 240;
const [WIDTH, HEIGHT] = [600, 100];

/** One sensor's line, and a button that breaks the sensor. */
export class Chart {
  readonly #line = document.createElementNS(SVG, 'polyline');
  readonly #text = document.createElement('output');
  #readings: Reading[] = [];

  constructor(name: string, parent: HTMLElement, onBreak: () => void) {
    const section = document.createElement('section');
    section.setAttribute('aria-label', name);
    const title = document.createElement('h2');
    title.textContent = name;
    const button = document.createElement('button');
    button.textContent = `Break ${name}`;
    button.addEventListener('click', onBreak);
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.append(this.#line);
    section.append(title, this.#text, button, svg);
    parent.append(section);
  }

  clear(): void {
    this.#readings = [];
  }

  add(reading: Reading): void {
    this.#readings = [...this.#readings, reading].slice(-SHOWN);
    const step = WIDTH / (SHOWN - 1);
    this.#line.setAttribute('points', this.#readings.map(({ value }, i) => `${i * step},${HEIGHT - value}`).join(' '));
    this.#text.textContent = `${reading.value.toFixed(1)}, started ${reading.run} ${reading.run === 1 ? 'time' : 'times'}`;
  }
}
