import type { CounterContract } from '../src/counter-contract.js';
import { connect } from './connect.js';
import { element } from './elements.js';
//#if presence
import { showPeople } from './people.js';
//#end

const { socket } = await connect();
const status = element('status', HTMLElement);
const show = (value: number): void => {
  element('value', HTMLElement).textContent = String(value);
};

const channel = socket.channel('counter', {});
channel.on('changed', ({ value, by }: CounterContract['out']['changed']) => {
  show(value);
  status.textContent = `${by} was here`;
});
//#if presence
showPeople(channel);
//#end
channel.join().receive('ok', ({ value }: CounterContract['join']['reply']) => {
  show(value);
  status.textContent = 'Connected';
});
element('increment', HTMLButtonElement).addEventListener('click', () => channel.push('increment', { by: 1 }));
