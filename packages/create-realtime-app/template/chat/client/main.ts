import { connect } from './connect.js';
import { element } from './elements.js';
import { Room } from './room.js';

const { socket, name } = await connect();
const room = location.hash.slice(1) || 'lobby';
element('title', HTMLElement).textContent = `#${room}, as ${name}`;
new Room(socket, room);
