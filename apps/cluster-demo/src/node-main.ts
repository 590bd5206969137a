// One node of the demo. The environment is that of the chat.
import { settings } from '@rekindle/chat/environment';
import { startApplication } from 'rekindle';

try {
  const { cluster, ...rest } = settings(process.env);
  await startApplication({
    module: new URL('application.js', import.meta.url),
    stopOnSignals: true,
    ...(cluster === undefined ? {} : { cluster }),
    ...rest,
  });
  console.log('Chat is ready');
} catch (error) {
  // An error with a code says everything in its message: a port in use, a bad setting.
  console.error(error instanceof Error && 'code' in error ? error.message : error);
  process.exit(1);
}
