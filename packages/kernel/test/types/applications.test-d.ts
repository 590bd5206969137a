// The configuration of an application has the type that its schema makes.
import { Application, type ApplicationsExit, startApplications, supervise } from '@rekindle/kernel';
import { Account } from './example-bank.test-d.js';
import { is } from './verbs.test-d.js';

export class Bank extends Application<{ url: string }> {
  static override readonly env = { url: 'BANK_URL' };
  override children(config: { url: string }) {
    is<typeof config.url, string>();
    return supervise({ children: [Account] });
  }
  override prepareStop(): void {
    is<typeof this.config.url, string>();
    // @ts-expect-error no such setting
    void this.config.uri;
  }
}
export class Web extends Application {
  static override readonly applications = [Bank];
  override children() {
    return supervise({ children: [Account] });
  }
}
// @ts-expect-error children are missing
export class Empty extends Application {}
export class Wrong extends Application<{ url: string }> {
  // @ts-expect-error another configuration
  override children(config: { uri: number }) {
    void config;
    return supervise({ children: [] });
  }
}

export async function applications(): Promise<number> {
  const running = await startApplications([Web], { config: { Bank: { url: 'postgres:' } }, stopTimeoutMs: 1000 });
  const exit = await running.stop();
  is<typeof exit, ApplicationsExit>();
  // @ts-expect-error no application
  await startApplications([Account]);
  // @ts-expect-error misspelled
  await startApplications([Web], { type: 'permanant' });
  supervise({ children: [Bank, { start: Web, shutdown: 'infinity' }] });
  return exit.code;
}
