import { v2 } from '@rekindle/channels/wire';
import { Hub, TopicLogs, type TopicPolicy } from '@rekindle/pubsub/internal';

const EVENTS = 200_000;
const payload = JSON.stringify({ team: 'home', minute: 77, scorer: { name: 'Somebody' } });

/** What the gateway does for an event until its bytes are with the adapter, with and without keeping it: microseconds. */
export function publishUs(policy: TopicPolicy | null): number {
  const hub = new Hub();
  let bytes = 0;
  hub.fastlane = {
    publish: (topic, content, _except, position) => {
      bytes += v2.broadcast(topic, content.event, content.payload, position).length;
    },
    broken: () => {},
  };
  const logs =
    policy === null
      ? null
      : new TopicLogs(
          hub,
          [[['match:*', policy]]],
          () => performance.now(),
          () => 'epoch',
        );
  hub.recorder = logs;
  hub.connectionJoins('match:7');
  const publish = (): void => void hub.publish('match:7', { kind: 'event', event: 'goal', payload }, 'node', null, undefined);
  for (let i = 0; i < EVENTS; i++) publish();
  const began = process.cpuUsage();
  for (let i = 0; i < EVENTS; i++) publish();
  const { user, system } = process.cpuUsage(began);
  logs?.stop();
  if (bytes === 0) throw new Error('nothing was published');
  return (user + system) / EVENTS;
}
