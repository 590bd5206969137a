process.env.CHAOS_FORM = 'long';
await import('./nemesis.test.js');
