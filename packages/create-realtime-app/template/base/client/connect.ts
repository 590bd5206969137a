import { Socket } from 'phoenix';

/** Asks who this is, once per window, and connects. */
export async function connect(): Promise<{ socket: Socket; name: string }> {
  const name = sessionStorage.getItem('name') ?? ((prompt('Your name?') ?? '').trim().slice(0, 32) || 'Somebody');
  sessionStorage.setItem('name', name);
  //#if auth
  const response = await fetch('/login', { method: 'POST', body: JSON.stringify({ name }) });
  const { token } = (await response.json()) as { token: string };
  const socket = new Socket('/socket', { authToken: token });
  //#else
  const socket = new Socket('/socket', { params: { name } });
  //#end
  socket.connect();
  return { socket, name };
}
