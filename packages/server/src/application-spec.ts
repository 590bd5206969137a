import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { optionsOf } from '@rekindle/channels/internal';
import { MisuseError, register, type SupervisorOptions } from '@rekindle/kernel';
import { type ChildSpec, childSpec, classNameOf, type Launchable } from '@rekindle/kernel/internal';
import type { PolicyTable } from '@rekindle/pubsub/internal';
import type { TlsFiles } from './adapters/adapter.js';
import type { Application, Endpoint, Folder, TlsOptions } from './application.js';
import type { EndpointSpec, SerializerSpec, StaticFolder } from './endpoint-spec.js';
import { rateOf } from './limits.js';
import { patternsOf, publishSpec } from './publish/publish-options.js';
import { allowTypeScript, sourceOf } from './typescript-sources.js';
import { webhookSpec } from './webhooks/webhook-options.js';

/** An application as the gateway knows it: names and data instead of classes. */
export interface ApplicationSpec {
  readonly endpoint: EndpointSpec;
  readonly options: SupervisorOptions;
  readonly children: readonly ChildData[];
}

/** A child of the application, to be started on some scheduler. */
export type ChildData = Omit<ChildSpec, 'start' | 'custom'> & { readonly className: string };

/** The module's application; it has to be the default export. */
export async function loadApplication(module: string): Promise<Application> {
  await allowTypeScript(module);
  const { default: application } = (await import(module).catch((error: unknown) => explainMissing(module, error))) as {
    default?: Application;
  };
  if (typeof application !== 'object' || application === null || !Array.isArray(application.children)) {
    throw new MisuseError('bad_option', `${module}: expected \`export default defineApplication({ children: [...] })\``);
  }
  return application;
}

function explainMissing(module: string, error: unknown): never {
  const { code, url } = error as { code?: unknown; url?: unknown };
  if (code !== 'ERR_MODULE_NOT_FOUND' || url !== module) throw error;
  throw new MisuseError('bad_option', `startApplication.module: expected a file that exists, got ${module}`);
}

/** A module path or URL as `import` takes it. */
export function moduleUrl(module: string | URL): string {
  if (module instanceof URL) return sourceOf(module.href);
  return sourceOf(/^(file|data|node):/.test(module) ? module : pathToFileURL(resolve(module)).href);
}

export function applicationSpec(application: Application): ApplicationSpec {
  const { strategy, maxRestarts, maxSeconds, backoff, autoShutdown } = application;
  return {
    endpoint: endpointSpec(application.endpoint ?? {}),
    options: {
      ...(strategy === undefined ? {} : { strategy }),
      ...(maxRestarts === undefined ? {} : { maxRestarts }),
      ...(maxSeconds === undefined ? {} : { maxSeconds }),
      ...(backoff === undefined ? {} : { backoff }),
      ...(autoShutdown === undefined ? {} : { autoShutdown }),
    },
    children: application.children.map((child) => childData(child, application)),
  };
}

function childData(child: unknown, application: Application): ChildData {
  const { start, custom, ...data } = childSpec(child, application.autoShutdown ?? 'never');
  if (custom)
    throw new MisuseError(
      'bad_child_spec',
      `child '${data.id}': a child of the application is given by its class, a function cannot cross to another thread`,
    );
  register(start as Launchable);
  return { ...data, thread: data.thread ?? 'spread', className: classNameOf(start as Launchable) };
}

export const DEFAULTS = {
  longpollWindowMs: 10_000,
  timeoutMs: 60_000,
  maxFrameBytes: 65_536,
  maxBufferedBytes: 1 << 20,
  maxBodyBytes: 1 << 20,
};
const DRAINER = { readinessMs: 0, batchSize: 10_000, batchIntervalMs: 2_000, deadlineMs: 30_000 };

function endpointSpec(endpoint: Endpoint): EndpointSpec {
  const prefix = pathPrefix(endpoint);
  const { tls = null } = endpoint;
  return {
    sockets: Object.entries(endpoint.sockets ?? {}).map(([path, socket]) => ({
      path: `${prefix}${path}`,
      websocket: socket.websocket ?? true,
      longpoll: socket.longpoll ?? false,
      sse: ssePath(socket.sse ?? false, path, prefix),
      longpollWindowMs: socket.longpollWindowMs ?? DEFAULTS.longpollWindowMs,
      authToken: socket.authToken ?? false,
      timeoutMs: socket.timeoutMs ?? DEFAULTS.timeoutMs,
      maxFrameBytes: socket.maxFrameBytes ?? DEFAULTS.maxFrameBytes,
      compression: socket.compression ?? false,
      xHeaders: socket.connectInfo?.xHeaders?.map((name) => name.toLowerCase()) ?? null,
    })),
    checkOrigin: typeof endpoint.checkOrigin === 'function' ? 'function' : (endpoint.checkOrigin ?? true),
    topics: policyTables(endpoint).filter((table) => table.some(([, policy]) => policy !== null)),
    publish: endpoint.publish === undefined ? null : publishSpec(endpoint.publish, prefix, patternsOf(policyTables(endpoint))),
    webhooks: (endpoint.webhooks ?? []).map(webhookSpec),
    static: staticFolders(endpoint.static ?? {}, prefix),
    http: endpoint.http !== undefined,
    maxBufferedBytes: endpoint.maxBufferedBytes ?? DEFAULTS.maxBufferedBytes,
    maxBodyBytes: endpoint.maxBodyBytes ?? DEFAULTS.maxBodyBytes,
    connects: rateOf(endpoint.limits, 'connects'),
    trustedProxies: endpoint.trustedProxies ?? [],
    proxyProtocol: endpoint.proxyProtocol ?? false,
    serializers: serializerSpecs(endpoint),
    drainer: { ...DRAINER, ...endpoint.drainer },
    readiness: endpoint.readiness === undefined ? null : `${prefix}${endpoint.readiness}`,
    tls: tls === null ? null : tlsFiles(tls),
    path: prefix,
    httpCompression: endpoint.httpCompression ?? true,
  };
}

function ssePath(option: boolean | string, path: string, prefix: string): string | null {
  if (option === false) return null;
  return `${prefix}${option === true ? `${path}/sse` : option}`;
}

function policyTables({ sockets = {} }: Endpoint): PolicyTable[] {
  return Object.values(sockets).map(({ handler }) =>
    Array.from(handler.channels.table, ([pattern, Class]) => [pattern, optionsOf(Class).policy] as const),
  );
}

export function serializerSpecs({ serializers = {} }: Endpoint): SerializerSpec[] {
  return Object.entries(serializers).map(([vsn, module]) => ({ vsn, module: moduleUrl(module) }));
}

/** What stands before all paths of the endpoint: nothing, or a path without a slash at its end. */
export function pathPrefix({ path = '' }: Endpoint): string {
  return path.replace(/\/+$/, '');
}

function tlsFiles({ certFile, keyFile, clientCaFile, ...rest }: TlsOptions): TlsFiles {
  const files = { ...rest, certFile: fileOf(certFile), keyFile: fileOf(keyFile) };
  return clientCaFile === undefined ? files : { ...files, clientCaFile: fileOf(clientCaFile) };
}

function fileOf(file: Folder): string {
  return file instanceof URL ? fileURLToPath(file) : resolve(file);
}

function staticFolders(folders: NonNullable<Endpoint['static']>, prefix: string): StaticFolder[] {
  const byPath = typeof folders === 'string' || folders instanceof URL ? { '/': folders } : folders;
  return Object.entries(byPath).map(([path, given]) => {
    const { folder, cacheControl = null } = typeof given === 'string' || given instanceof URL ? { folder: given } : given;
    return { path: `${prefix}${path.endsWith('/') ? path : `${path}/`}`, folder: fileOf(folder), cacheControl };
  });
}
