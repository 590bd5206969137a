import { describe, expect, it } from 'vitest';
import { judge, type Recorded } from './support/event-log.js';

const log = (...events: Recorded[]) => judge([{ name: 'a', run: 1, events }]);
const up: Recorded = ['up', 'b'];
const down: Recorded = ['down', 'b', 'silent'];
const got = (seq: number, run = 7): Recorded => ['got', 'b', run, seq];

describe('the checker of event logs', () => {
  it('finds nothing wrong with what is right', () => {
    const events: Recorded[] = [
      ...([up, ['watch', 'b', 0], got(3), got(4), down, ['DOWN', 'b', 0, 'noconnection']] as const),
      ...([up, ['watch', 'b', 1], got(9), got(10), ['DOWN', 'b', 1, 'noproc'], ['watch', 'b', 2], down] as const),
      ...([['DOWN', 'b', 2, 'noconnection'], up, got(0, 8), got(1, 8), ['watch', 'b', 3]] as const),
    ];
    expect(log(...events)).toEqual({ problems: [], messages: 6, nodedowns: 2, monitors: 4 });
  });

  it.each<[string, Recorded[], string]>([
    ['a message that is lost', [up, got(1), got(3)], '7 says 3, and 2 was next'],
    ['one that is doubled', [up, got(1), got(1)], '7 says 1 again'],
    ['one that comes again after the node was down', [up, got(1), got(2), down, up, got(2)], '7 says 2 again'],
    ['two that are swapped', [up, got(2), got(1)], '7 says 1, and 3 was next'],
    ['one of a node that is down', [up, got(1), down, got(2)], '7 is heard (2), and is not up'],
    ['one of a run that has ended', [up, got(1, 8), got(2, 7)], '7 is heard, and 8 was not down'],
    ['a node that is down twice', [up, down, down], 'is down and was not up'],
    ['one that is up twice', [up, up], 'is up twice'],
    ['a monitor that does not end', [up, ['watch', 'b', 0], down, up], 'monitor 0 has not ended with its node'],
    [
      'one that ends twice',
      [up, ['watch', 'b', 0], down, ['DOWN', 'b', 0, 'noconnection'], ['DOWN', 'b', 0, 'noconnection']],
      'monitor 0 ends twice',
    ],
    ['one that ends for another reason', [up, ['watch', 'b', 0], ['DOWN', 'b', 0, 'killed']], 'monitor 0 ends with killed'],
  ])('finds %s', (_what, events, problem) => {
    expect(log(...events).problems).toContain(`a (1) of b: ${problem}`);
  });
});
