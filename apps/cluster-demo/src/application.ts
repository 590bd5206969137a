import chat from '@rekindle/chat/application';
import { defineApplication, GenServer, pg, type ServedApplication, Singleton, singleton } from 'rekindle';
import { GROUP, LEADER, Talker } from './talker.js';

/** Is in the group. */
class Worker extends GenServer {
  override init(): void {
    pg().join(GROUP, this.self);
  }
}

/** Runs on one node of the cluster. */
class Leader extends GenServer {}

const demo = defineApplication({
  children: [
    { start: Talker, name: 'talker' },
    { start: Worker, id: 'worker-1' },
    { start: Worker, id: 'worker-2' },
    { start: Singleton, id: LEADER, args: singleton({ name: LEADER, child: Leader }) },
  ],
  endpoint: {
    http: async ({ url }) => {
      if (new URL(url).pathname !== '/demo/report') return new Response('not found\n', { status: 404 });
      return Response.json(await Talker.at('talker').within(1000).call('report'));
    },
  },
});

/** The chat, and what the board shows. */
const both: ServedApplication = {
  ...chat,
  children: [...chat.children, ...demo.children],
  endpoint: { ...chat.endpoint, ...demo.endpoint },
};

export default both;
