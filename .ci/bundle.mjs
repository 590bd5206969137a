// node .ci/bundle.mjs [FOLDER...]: puts what the compiler has left in `dist` of a package into as few files as can be, in its `lib`.
// Node takes about a millisecond for each module of a thread that starts. Without arguments: all packages that ship a `lib`.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Packages of which a bundle holds what is used: every scheduler loads it, and loading all of zod takes longer than the kernel. */
const TAKEN_IN = new Set(['zod']);
/** A module that is loaded by its address: as a worker's, or by an application. */
const ADDRESS = /new URL\('(\.\.?\/[^']+\.js)', import\.meta\.url\)/g;
/** A class that is called otherwise than in its source, as another one of the package has its name: classes travel by name. */
const RENAMED = /^(?:(?:var|let|const) (\w+)\$\d+ = class\b|class (\w+)\$\d+\b)/m;

/** The bundles of a package by name, each with the module it begins with. */
function entriesOf(folder, { exports = {}, bin = {} }) {
  const entries = new Map();
  const inLib = (path) => /^(?:\.\/)?lib\/(.+)\.js$/.exec(path)?.[1];
  for (const { types, default: file } of Object.values(exports)) {
    if (inLib(file) !== undefined) entries.set(inLib(file), join(folder, types.replace(/\.d\.ts$/, '.js')));
  }
  for (const file of Object.values(bin)) {
    if (inLib(file) !== undefined) entries.set(inLib(file), join(folder, 'dist', `${inLib(file)}.js`));
  }
  if (entries.size === 0) return entries;
  for (const module of modulesOf(folder)) {
    for (const [, path] of readFileSync(module, 'utf8').matchAll(ADDRESS)) {
      const file = join(module, '..', path);
      entries.set(addressedName(folder, file), file);
    }
  }
  return entries;
}

const modulesOf = (folder) =>
  readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => join(folder, 'dist', file));

/** All bundles lie side by side, so that an address is the same from each. */
const addressedName = (folder, file) => relative(join(folder, 'dist'), file).replace(/\.js$/, '').replaceAll('/', '-');

/** Reads compiled modules with the map of their sources. */
const compiled = (folder) => ({
  name: 'compiled',
  load(id) {
    if (!id.startsWith(join(folder, 'dist/'))) return null;
    const code = readFileSync(id, 'utf8')
      .replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
      .replaceAll(ADDRESS, (_all, path) => `new URL('./${addressedName(folder, join(id, '..', path))}.js', import.meta.url)`);
    return { code, map: JSON.parse(readFileSync(`${id}.map`, 'utf8')) };
  },
});

export async function bundle(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = entriesOf(folder, manifest);
  if (entries.size === 0) return;
  const build = await rolldown({
    cwd: folder,
    input: Object.fromEntries(entries),
    // Every other package stays a package of its own, or there would be two of what it has once.
    external: (id) => /^[^./]/.test(id) && !TAKEN_IN.has(id),
    platform: 'node',
    treeshake: { moduleSideEffects: (id) => id.startsWith(folder) && !id.includes('/node_modules/') },
    plugins: [compiled(folder)],
  });
  const { output } = await build.generate({
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared-[name].js',
  });
  await build.close();
  for (const { type, code } of output) {
    const renamed = type === 'chunk' ? RENAMED.exec(code) : null;
    if (renamed !== null) throw new Error(`${folder}: two modules declare a class ${renamed[1] ?? renamed[2]}; call one of them otherwise`);
  }
  write(join(folder, 'lib'), [
    ...output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]),
    ...licences(output),
  ]);
}

/** Whose code is in a bundle may say so: the licences of what was taken in, by file. */
function licences(output) {
  const taken = new Set();
  for (const { moduleIds = [] } of output) {
    for (const id of moduleIds) {
      const inside = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id);
      if (inside !== null) taken.add(inside[1]);
    }
  }
  return [...taken].map((folder) => [
    `LICENSE-${folder.replace(/^.*\/node_modules\//, '').replace('/', '-')}`,
    readFileSync(join(folder, 'LICENSE'), 'utf8'),
  ]);
}

/** Leaves alone what has not changed: somebody may be running it. */
function write(folder, files) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) {
    const file = join(folder, name);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    const written = `${file}.${process.pid}`;
    writeFileSync(written, text);
    renameSync(written, file);
  }
  const names = new Set(files.map(([name]) => name));
  for (const name of readdirSync(folder)) {
    if (!names.has(name) && /\.js(?:\.map)?$|^LICENSE-/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

export const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folders = process.argv.slice(2).map((folder) => resolve(folder));
  for (const folder of folders.length === 0 ? packages : folders) await bundle(folder);
}
