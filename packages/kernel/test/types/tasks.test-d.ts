// What a task gives has the type that its function returns.
import { GenServer, type Pid, Task, type TaskReply, type TaskResult } from '@rekindle/kernel';
import { is } from './verbs.test-d.js';

export class Page extends GenServer<{ info: TaskReply<string> }> {
  async load(urls: readonly string[]): Promise<number> {
    const title = Task.async(async ({ signal }) => fetch('http://localhost/', { signal }).then((response) => response.text()));
    is<typeof title, Task<string>>();
    const size = Task.async(() => 1);
    is<Awaited<ReturnType<typeof size.await>>, number>();
    const [text, n] = await Task.awaitMany([title, size], 1000);
    is<typeof text, string>();
    is<typeof n, number>();
    const late = await size.yield(10);
    is<typeof late, TaskResult<number> | undefined>();
    if (late?.ok === true) return late.value;
    // @ts-expect-error there is a value only when it went well
    void late?.value;
    // @ts-expect-error misspelled
    await title.shutdown('brutal');
    // @ts-expect-error milliseconds
    await title.await('1000');
    for await (const page of Task.asyncStream(urls, async (url) => url.length, { maxConcurrency: 4 })) {
      is<typeof page, TaskResult<number>>();
    }
    for await (const page of Task.asyncStream(urls, async (url) => url.length, { zipInputOnExit: true })) {
      if (!page.ok) is<typeof page.input, string>();
    }
    // @ts-expect-error unknown option
    Task.asyncStream(urls, (url) => url, { maxConcurency: 4 });
    // @ts-expect-error items that are not strings
    Task.asyncStream([1, 2], (url: string) => url);
    is<ReturnType<typeof Task.start>, Pid>();
    return n;
  }
  override handleInfo(message: TaskReply<string> | object): void {
    if ('result' in message) is<typeof message.result, string>();
  }
}
