// A key and its value as a name have the registry's types.
import { GenServer, Registry, spawn } from '@rekindle/kernel';
import { Account } from './example-bank.test-d.js';

const rooms = new Registry<{ id: number }, string>();
const plain = new Registry();
const limited = new Registry<string, undefined, { limit: number }>({ meta: { limit: 1 } });

export async function names(): Promise<void> {
  await Account.start(undefined, { name: rooms.via({ id: 1 }, 'lobby') });
  await Account.at(plain.via('a')).call('balance');
  spawn(() => {}, { name: plain.via('b') });
  await GenServer.stop(plain.via('b'));
  const limit: number | undefined = limited.meta('limit');
  limited.putMeta('limit', (limit ?? 0) + 1);
  // @ts-expect-error no such value
  limited.meta('size');
  // @ts-expect-error wrong value
  limited.putMeta('limit', 'x');
  // @ts-expect-error the value is missing
  rooms.via({ id: 1 });
  // @ts-expect-error wrong key
  rooms.via('lobby', 'x');
  // @ts-expect-error wrong value
  rooms.via({ id: 1 }, 5);
  // @ts-expect-error this registry has no values
  plain.via('a', 1);
}
