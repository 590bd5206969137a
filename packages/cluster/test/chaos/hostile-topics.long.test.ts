process.env.CHAOS_FORM = 'long';
await import('./hostile-topics.test.js');
