/** Which room may import from which. Dependencies point one way: screen → rows → fabric → services → model. */
const rooms = (...names) => `^src/(${names.join('|')})/`;
module.exports = {
  forbidden: [
    {name: 'no-circular', severity: 'error', from: {}, to: {circular: true}},
    {name: 'model-is-the-bottom', severity: 'error', from: {path: rooms('model')}, to: {path: '^src/', pathNot: rooms('model')}},
    {name: 'text-is-the-bottom', severity: 'error', from: {path: rooms('text')}, to: {path: '^src/', pathNot: rooms('text', 'model')}},
    {name: 'services-know-no-fabric', severity: 'error', from: {path: rooms('services')}, to: {path: '^src/', pathNot: rooms('services', 'model', 'text')}},
    {name: 'config-knows-no-fabric', severity: 'error', from: {path: rooms('config')}, to: {path: '^src/', pathNot: rooms('config', 'model', 'text')}},
    {name: 'fabric-knows-no-screen', severity: 'error', from: {path: rooms('fabric')}, to: {path: '^src/', pathNot: rooms('fabric', 'services', 'model', 'text')}},
    {name: 'checks-and-traces-look-only', severity: 'error', from: {path: rooms('checks', 'trace')}, to: {path: '^src/', pathNot: rooms('checks', 'trace', 'fabric', 'model', 'text')}},
    {name: 'journal-is-a-file', severity: 'error', from: {path: rooms('journal')}, to: {path: '^src/', pathNot: rooms('journal', 'model', 'text')}},
    {name: 'actions-know-no-rows', severity: 'error', from: {path: rooms('actions')}, to: {path: '^src/', pathNot: rooms('actions', 'journal', 'checks', 'trace', 'fabric', 'services', 'model', 'text')}},
    {name: 'changes-go-through-the-executor', comment: 'Law 2: only the executor holds a connection that can change something', severity: 'error', from: {path: rooms('actions', 'runbooks', 'journal', 'checks', 'trace'), pathNot: '^src/actions/execute[^/]*\\.ts$'}, to: {path: '^src/services/(ssh/|session\\.ts|opennebula/client\\.ts)'}},
    {name: 'runbooks-know-no-rows', comment: 'Of config only the pure reading of a schema: both read files that people write', severity: 'error', from: {path: rooms('runbooks')}, to: {path: '^src/', pathNot: [rooms('runbooks', 'actions', 'journal', 'checks', 'trace', 'fabric', 'services', 'model', 'text'), '^src/config/(place|problem|validate|schema)\\.ts$']}},
    {name: 'rows-know-no-services', severity: 'error', from: {path: rooms('rows')}, to: {path: '^src/', pathNot: rooms('rows', 'checks', 'trace', 'fabric', 'model', 'text')}},
    {name: 'simulator-shares-no-parser', comment: 'A mock that only our parser understands proves nothing', severity: 'error', from: {path: rooms('simulator')}, to: {path: '^src/', pathNot: rooms('simulator')}},
    {name: 'core-has-no-screen', severity: 'error', from: {path: rooms('model', 'text', 'services', 'config', 'fabric', 'checks', 'trace', 'actions', 'journal', 'runbooks', 'rows', 'simulator')}, to: {path: 'node_modules/(ink|react|ink-[^/]+|@alcalzone)/'}},
    {name: 'screens-never-talk-to-hosts', severity: 'error', from: {path: rooms('screens', 'components', 'hooks', 'keys', 'theme')}, to: {path: rooms('services', 'config', 'cli', 'simulator')}},
    {name: 'keys-and-theme-are-data', severity: 'error', from: {path: rooms('keys', 'theme')}, to: {path: '^src/', pathNot: rooms('keys', 'theme', 'model', 'text')}},
    {name: 'nothing-imports-cli', severity: 'error', from: {path: '^src/', pathNot: rooms('cli')}, to: {path: rooms('cli')}},
    {name: 'no-tests-in-src', severity: 'error', from: {path: '^(src|bin)/'}, to: {path: '^(test|lab|bench)/'}},
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: {path: 'node_modules'},
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types']},
  },
};
