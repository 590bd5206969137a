// The child of a partition supervisor is checked against its class.
import { PartitionSupervisor, partitioned, supervise } from '@rekindle/kernel';
import { Account } from './example-bank.test-d.js';
import { Counter } from './example-counter.test-d.js';

export const good = supervise({
  children: [
    { start: PartitionSupervisor, name: 'counters', args: partitioned({ child: { start: Counter, args: { start: 0 } }, partitions: 4 }) },
    { start: PartitionSupervisor, name: 'accounts', args: partitioned({ child: Account }) },
  ],
});
export const more = partitioned({
  child: { start: Counter, args: { start: 0 }, thread: 'spread' },
  withArguments: ({ start }, partition) => ({ start: start + partition }),
});
// @ts-expect-error init needs its argument
partitioned({ child: Counter });
// @ts-expect-error wrong argument
partitioned({ child: { start: Counter, args: { start: '0' } } });
// @ts-expect-error wrong argument
partitioned({ child: { start: Counter, args: { start: 0 } }, withArguments: () => ({ start: '0' }) });
// @ts-expect-error misspelled
partitioned({ child: Account, partition: 4 });
// @ts-expect-error options are needed
supervise({ children: [PartitionSupervisor] });
