#!/usr/bin/env node
// The launcher. It has to parse on old Nodes too, so that they get one clear line and not a stack trace.
const major = Number(process.versions.node.split('.')[0]);
if (major < 22) {
  process.stderr.write(`evpn-tui needs Node.js 22 or newer; this is ${process.versions.node} (${process.execPath}).\n`);
  process.exit(1);
}
// React and Ink are twice as fast in production mode, and decide when they are loaded.
process.env.NODE_ENV = process.env.NODE_ENV || 'production';
const {enableCompileCache} = await import('node:module');
const {homedir} = await import('node:os');
// Not the default below /tmp: what is executed as root must not come from a folder that others can write to.
enableCompileCache(`${process.env.XDG_CACHE_HOME || `${homedir()}/.cache`}/evpn-tui/compile`);
const {existsSync} = await import('node:fs');
if (!existsSync(new URL('../dist/main.js', import.meta.url))) {
  process.stderr.write('evpn-tui has not been built in this checkout: npm run build\n');
  process.exit(1);
}
await import('../dist/main.js');
