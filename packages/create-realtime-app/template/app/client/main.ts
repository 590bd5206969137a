import { Socket } from 'phoenix';
import { element } from './elements.js';
import { Room } from './room.js';

const name = sessionStorage.getItem('name') ?? ((prompt('Your name?') ?? '').trim().slice(0, 32) || 'Somebody');
sessionStorage.setItem('name', name);

const room = location.hash.slice(1) || 'lobby';
element('title', HTMLElement).textContent = `#${room}, as ${name}`;

const socket = new Socket('/socket', { params: { name } });
new Room(socket, room);
socket.connect();
