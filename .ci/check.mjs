// npm run check: lint and type-check, on built output.
import { lint, typeCheck } from './steps.mjs';

const codes = [lint(), typeCheck()];
process.exit(Math.max(...codes));
