import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MisuseError, register, type SupervisorOptions } from '@rekindle/kernel';
import { type ChildSpec, childSpec, classNameOf, type Launchable } from '@rekindle/kernel/internal';
import type { Application, Endpoint } from './application.js';
import type { EndpointSpec, StaticFolder } from './endpoint-spec.js';

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
  if (module instanceof URL) return module.href;
  return /^(file|data|node):/.test(module) ? module : pathToFileURL(resolve(module)).href;
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

const DEFAULTS = { longpollWindowMs: 10_000, timeoutMs: 60_000, maxFrameBytes: 65_536, maxBufferedBytes: 1 << 20, maxBodyBytes: 1 << 20 };

function endpointSpec(endpoint: Endpoint): EndpointSpec {
  return {
    sockets: Object.entries(endpoint.sockets ?? {}).map(([path, socket]) => ({
      path,
      websocket: socket.websocket ?? true,
      longpoll: socket.longpoll ?? false,
      longpollWindowMs: socket.longpollWindowMs ?? DEFAULTS.longpollWindowMs,
      authToken: socket.authToken ?? false,
      timeoutMs: socket.timeoutMs ?? DEFAULTS.timeoutMs,
      maxFrameBytes: socket.maxFrameBytes ?? DEFAULTS.maxFrameBytes,
    })),
    checkOrigin: endpoint.checkOrigin ?? true,
    static: staticFolders(endpoint.static ?? {}),
    http: endpoint.http !== undefined,
    maxBufferedBytes: endpoint.maxBufferedBytes ?? DEFAULTS.maxBufferedBytes,
    maxBodyBytes: endpoint.maxBodyBytes ?? DEFAULTS.maxBodyBytes,
  };
}

function staticFolders(folders: NonNullable<Endpoint['static']>): StaticFolder[] {
  const byPath = typeof folders === 'string' || folders instanceof URL ? { '/': folders } : folders;
  return Object.entries(byPath).map(([path, folder]) => ({
    path: path.endsWith('/') ? path : `${path}/`,
    folder: folder instanceof URL ? fileURLToPath(folder) : resolve(folder),
  }));
}
