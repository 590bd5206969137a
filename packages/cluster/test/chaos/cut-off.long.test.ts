process.env.CHAOS_FORM = 'long';
await import('./cut-off.test.js');
