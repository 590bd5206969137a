// npm run build: installs and builds.
import { build, install } from './steps.mjs';

process.exit(install() || build());
