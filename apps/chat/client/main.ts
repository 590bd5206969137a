import { Socket } from 'phoenix';
import { RoomLinks } from './room-links.js';
import { RoomPage } from './room-page.js';
import { welcome } from './welcome.js';

const name = await welcome();
const socket = new Socket('/socket', { params: { name } });
const page = new RoomPage(socket);
socket.connect();
new RoomLinks().follow((room) => page.enter(room));
