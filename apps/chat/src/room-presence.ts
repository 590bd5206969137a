import { Presence } from 'rekindle';
import type { ChatContract } from './chat-contract.js';

/** Who is in which room. */
export class RoomPresence extends Presence<ChatContract> {}
