process.env.CHAOS_FORM = 'long';
await import('./frozen-node.test.js');
