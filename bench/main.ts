/** `npm run bench [startup|frames|routes|ssh …]`: what must be fast, with the figures to hold. Wants a quiet machine. */
import type {Measured} from './measured.ts';

const benches: Readonly<Record<string, () => Promise<readonly Measured[]>>> = {
  startup: async () => (await import('./startup.ts')).startupBench(),
  frames: async () => (await import('./frames.ts')).framesBench(),
  routes: async () => (await import('./routes.ts')).routesBench(),
  diagnosis: async () => (await import('./diagnosis.ts')).diagnosisBench(),
  trace: async () => (await import('./trace.ts')).traceBench(),
  ssh: async () => (await import('./ssh.ts')).sshBench(),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`there is no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
let failed = 0;
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n${name}`);
  for (const {name: what, figure, limit, ok} of await bench()) {
    if (!ok) failed++;
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${String(figure).padStart(9)}  ${limit === Infinity ? ' '.repeat(14) : `limit ${limit.toFixed(3).padStart(8)}`}  ${what}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
