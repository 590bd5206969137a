// npm run -s bench -- NAME [CASE]: one JSON line per result on stdout, everything else on stderr.
import { existsSync } from 'node:fs';

const main = new URL('dist/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('The benchmarks run on built output: npm run build');
  process.exitCode = 1;
}
