process.env.CHAOS_FORM = 'long';
await import('./killed-node.test.js');
