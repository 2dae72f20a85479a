/** Bundles the console with esbuild into dist/: one small entry, lazily loaded chunks, and the workers. */
import {cp, mkdir, readdir, rename, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {build, type Plugin} from 'esbuild';
import {notices} from './notices.ts';

// Ink asks for react-devtools-core only when DEV=true; a stub keeps 100 KB and a websocket client out of the bundle.
const devtoolsStub: Plugin = {
  name: 'devtools-stub',
  setup(b) {
    b.onResolve({filter: /^react-devtools-core$/}, () => ({path: 'react-devtools-core', namespace: 'stub'}));
    b.onLoad({filter: /.*/, namespace: 'stub'}, () => ({contents: 'export default {initialize() {}, connectToDevTools() {}}', loader: 'js'}));
  },
};

// Built aside, then put in place file by file, the entry last: a console of this checkout that is starting meanwhile finds one or the other.
const aside = `dist.${process.pid}`;
const result = await build({
  entryPoints: {main: 'src/cli/entry.ts', 'route-worker': 'src/services/frr/route-worker.ts', 'doctor-worker': 'src/screens/doctor-worker.ts'},
  outdir: aside,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  metafile: true,
  legalComments: 'none', // the notices file carries the licences of what is bundled
  define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
  // ssh2's native parts are optional and loaded in try/catch: AES-GCM ciphers need none of them.
  external: ['*.node', 'cpu-features'],
  // What CommonJS packages expect to find.
  banner: {js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url),__dirname=import.meta.dirname,__filename=import.meta.filename;"},
  plugins: [devtoolsStub],
  logLevel: 'warning',
});
// The built-in runbooks are files that people may read and copy.
await cp('src/runbooks/builtin', `${aside}/runbooks`, {recursive: true, filter: (path) => !/\.\w+$/.test(path) || path.endsWith('.yaml')});
await writeFile('THIRD-PARTY-NOTICES.txt', await notices(result.metafile));

// A console that is running loads the rest of itself when it needs it: what it may still ask for stays. That is what the
// build before this one made, and whatever was made within a day. A package has none of it (--fresh).
const fresh = process.argv.includes('--fresh');
if (fresh) await rm('dist', {recursive: true, force: true});
await mkdir('dist', {recursive: true});
const madeAt = async (file: string): Promise<number> => (await stat(join('dist', file)).catch(() => undefined))?.mtimeMs ?? 0;
const before = await madeAt('main.js');
const made = await readdir(aside);
const old = (await readdir('dist')).filter((file) => !made.includes(file));
for (const file of old) if ((await madeAt(file)) < Math.min(before - 60_000, Date.now() - 86_400_000)) await rm(join('dist', file), {recursive: true, force: true});
// A folder cannot be renamed onto one that has files.
await rm('dist/runbooks', {recursive: true, force: true});
for (const file of made.toSorted((a, b) => Number(a === 'main.js') - Number(b === 'main.js'))) await rename(join(aside, file), join('dist', file));
await rm(aside, {recursive: true});
