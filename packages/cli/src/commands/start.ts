import { explainLoading, moduleOf } from '../application-module.js';
import { type Command, integer } from '../command.js';
import { UserError } from '../user-error.js';

const MAX_PORT = 65_535;
const MAX_SCHEDULERS = 1024;

export const start: Command = {
  usage: 'start [MODULE] [--port N] [--host ADDRESS] [--schedulers N] [--node NAME --nats URL --cluster NAME]',
  summary: 'runs an application; MODULE exports it by default (dist/application.js)',
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    schedulers: { type: 'string' },
    node: { type: 'string' },
    nats: { type: 'string' },
    cluster: { type: 'string' },
  },
  words: [0, 1],
  async run(given, around) {
    const {
      positionals: [module],
      values,
    } = given;
    const { HOST, NODE_NAME, NATS_URL, CLUSTER } = around.environment;
    const port = integer(given, around, 'port', 'PORT', MAX_PORT);
    const schedulers = integer(given, around, 'schedulers', 'SCHEDULERS', MAX_SCHEDULERS);
    const host = values.host ?? HOST ?? '127.0.0.1';
    const node = values.node ?? NODE_NAME;
    const servers = values.nats ?? NATS_URL;
    if (servers !== undefined && node === undefined)
      throw new UserError(2, "--nats: expected --node beside it, the node's own name in the cluster, as in --node chat-1.");
    if (values.cluster !== undefined && servers === undefined)
      throw new UserError(2, '--cluster: expected --nats beside it, as in --nats nats://127.0.0.1:4222.');
    const url = moduleOf(module, around);
    const start = around.startApplication({
      module: url,
      host,
      stopOnSignals: true,
      control: '.rekindle',
      ...(port === undefined ? {} : { port }),
      ...(schedulers === undefined ? {} : { schedulers }),
      ...(node === undefined ? {} : { node }),
      ...(servers === undefined ? {} : { cluster: { name: values.cluster ?? CLUSTER ?? 'app', servers } }),
    });
    const application = await start.catch((error: unknown) => explainLoading(url, error));
    around.print(`Listening on http://${host === '127.0.0.1' ? 'localhost' : String(host)}:${application.port}`);
    return new Promise<number>(() => {}); // until a signal ends it
  },
};
