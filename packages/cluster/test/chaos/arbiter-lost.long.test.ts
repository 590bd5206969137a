process.env.CHAOS_FORM = 'long';
await import('./arbiter-lost.test.js');
