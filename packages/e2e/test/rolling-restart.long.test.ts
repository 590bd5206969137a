process.env.CHAOS_FORM = 'long';
await import('./rolling-restart.test.js');
