process.env.CHAOS_FORM = 'long';
await import('./nats-outage.test.js');
