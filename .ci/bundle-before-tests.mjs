// Tests run what ships: bundles of what the compiler has built, also where only the compiler has run since.
import { bundle, packages, root } from './bundle.mjs';

export default async function setup(project) {
  if (`${project.config.root}/` !== root) return; // a copy, such as the mutants': it brings its own
  for (const folder of packages) await bundle(folder);
}
