import { Socket } from 'phoenix';
import type { Reading, SensorContract } from '../src/sensor-contract.js';
import { Chart } from './chart.js';

const socket = new Socket('/socket');
socket.connect();
const channel = socket.channel('sensors', {});
const charts = new Map<string, Chart>();

function chartOf(sensor: string): Chart {
  const known = charts.get(sensor);
  if (known !== undefined) return known;
  const chart = new Chart(sensor, document.body, () => channel.push('break', { sensor }));
  charts.set(sensor, chart);
  return chart;
}

const show = (reading: Reading): void => chartOf(reading.sensor).add(reading);

channel.on('reading', show);
channel.join().receive('ok', ({ readings }: SensorContract['join']['reply']) => {
  for (const chart of charts.values()) chart.clear();
  for (const reading of readings) show(reading);
});
