process.env.CHAOS_FORM = 'long';
await import('./split.test.js');
