import { connect } from '@rekindle/testing/vitest';
//#if auth
import { http } from '../src/http.js';
//#end
import { UserSocket } from '../src/user-socket.js';

/** What somebody connects with. */
//#if auth
export async function credentials(name: string) {
  const response = await http(new Request('http://localhost/login', { method: 'POST', body: JSON.stringify({ name }) }));
  const { token } = (await response.json()) as { token: string };
  return { params: {}, authToken: token };
}
//#else
export const credentials = (name: string) => ({ params: { name } });
//#end

/** A connected client. */
export async function client(name: string) {
  const { params, ...options } = await credentials(name);
  return connect(UserSocket, params, options);
}
//#if cluster

/** What one client pushes, and what another one hears then. */
export const exchange = {
  topic: 'map:lobby',
  push: 'move',
  payload: { x: 0.5, y: 0.5 },
  event: 'moved',
  heard: { name: 'Ann', x: 0.5, y: 0.5 },
};
//#end
