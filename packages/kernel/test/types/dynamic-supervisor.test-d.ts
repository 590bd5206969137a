// Extra arguments of a DynamicSupervisor need not be given by its children.
import { DynamicSupervisor, GenServer, type Ref } from '@rekindle/kernel';
import { is } from './verbs.test-d.js';

export class Room extends GenServer {
  override init({ id, limit }: { id: string; limit: number }): void {
    void `${id} ${limit}`;
  }
}
export class Rooms extends DynamicSupervisor<Room, { limit: number }> {
  override init() {
    return { extraArguments: { limit: 10 }, maxChildren: 100, backoff: { minMs: 100, maxMs: 10_000 } };
  }
}
export class Forgetful extends DynamicSupervisor<Room, { limit: number }> {
  // @ts-expect-error the extra arguments are missing
  override init() {
    return { maxChildren: 100 };
  }
}
export class AllGiven extends DynamicSupervisor<Room> {}

export async function rooms(): Promise<void> {
  const room = await Rooms.startChild('rooms', { start: Room, args: { id: 'a' } });
  is<typeof room, Ref<Room>>();
  await Rooms.startChild('rooms', { start: Room, args: { id: 'a', limit: 5 } });
  const same = await Rooms.ensureChild('rooms', { start: Room, args: { id: 'a' }, name: 'a' });
  is<typeof same, Ref<Room>>();
  // @ts-expect-error the name is missing
  await Rooms.ensureChild('rooms', { start: Room, args: { id: 'a' } });
  // @ts-expect-error a class has a name, but is no child with one
  await Rooms.ensureChild('rooms', Room);
  // @ts-expect-error the id is missing
  await Rooms.startChild('rooms', { start: Room, args: { limit: 5 } });
  // @ts-expect-error wrong argument
  await Rooms.startChild('rooms', { start: Room, args: { id: 'a', limit: '5' } });
  // @ts-expect-error the limit is missing
  await AllGiven.startChild('rooms', { start: Room, args: { id: 'a' } });
}
