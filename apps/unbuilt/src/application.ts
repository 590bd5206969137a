import { defineApplication } from 'rekindle';
import { Counter } from './counter.js';

export default defineApplication({
  children: [{ start: Counter, name: 'counter' }],
  endpoint: { http: async () => new Response(`served from sources: ${await Counter.at('counter').call('add', 1)}`) },
});
