import { type Channel, Presence, Socket } from 'phoenix';
import type { At } from '../src/contracts.js';
import { element } from './elements.js';
import { RoadMap } from './road-map.js';

// Everybody on the road. Presence says who that is; each of them is followed on a topic of its own.

const socket = new Socket('/socket');
socket.connect();
const map = new RoadMap(element('map', HTMLCanvasElement));
const list = element('vehicles', HTMLUListElement);
const followed = new Map<string, { readonly channel: Channel; readonly item: HTMLLIElement }>();

function follow(vehicle: string): void {
  if (followed.has(vehicle)) return;
  const item = document.createElement('li');
  item.textContent = vehicle;
  list.append(item);
  const channel = socket.channel(`vehicle:${vehicle}`, {});
  channel.on('at', (at: At) => {
    item.textContent = `${vehicle}: ${at.travelled.toFixed(2)} travelled, ${at.parked ? 'parked' : 'driving'}`;
    map.show(vehicle, at);
  });
  channel.join();
  followed.set(vehicle, { channel, item });
}

function forget(vehicle: string): void {
  const { channel, item } = followed.get(vehicle) ?? {};
  followed.delete(vehicle);
  channel?.leave();
  item?.remove();
  map.remove(vehicle);
}

const fleet = socket.channel('fleet', {});
const presence = new Presence(fleet);
presence.onSync(() => {
  const here = presence.list<string>((vehicle) => vehicle);
  for (const vehicle of here) follow(vehicle);
  for (const vehicle of [...followed.keys()]) if (!here.includes(vehicle)) forget(vehicle);
});
fleet.join();
