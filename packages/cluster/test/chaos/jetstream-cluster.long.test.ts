process.env.CHAOS_FORM = 'long';
await import('./jetstream-cluster.test.js');
