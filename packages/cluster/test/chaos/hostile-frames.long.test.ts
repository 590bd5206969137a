process.env.CHAOS_FORM = 'long';
await import('./hostile-frames.test.js');
