process.env.CHAOS_FORM = 'long';
await import('./slow-consumer.test.js');
