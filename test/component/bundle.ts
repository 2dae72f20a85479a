/** Bundles a .tsx entry as the released console is built, so that it can be run and measured: `node test/component/bundle.ts ENTRY OUT`. */
import process from 'node:process';
import {build, type Plugin} from 'esbuild';

const devtoolsStub: Plugin = {
  name: 'devtools-stub',
  setup(b) {
    b.onResolve({filter: /^react-devtools-core$/}, () => ({path: 'react-devtools-core', namespace: 'stub'}));
    b.onLoad({filter: /.*/, namespace: 'stub'}, () => ({contents: 'export default {initialize() {}, connectToDevTools() {}}', loader: 'js'}));
  },
};

export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node22', logLevel: 'warning', plugins: [devtoolsStub],
    define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
    banner: {js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);"},
  });
}

const [entry, outfile] = process.argv.slice(2);
if (import.meta.main && entry && outfile) await bundle(entry, outfile);
