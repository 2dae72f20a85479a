/** Bundles the console with esbuild into dist/: one small entry, lazily loaded chunks, and the workers. */
import {cp, rename, rm, writeFile} from 'node:fs/promises';
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

// Built aside and put in place at once: a console of this checkout that is starting meanwhile finds one or the other.
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
await rm('dist', {recursive: true, force: true});
await rename(aside, 'dist');
