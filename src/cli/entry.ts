/** Where the process begins: its streams, its arguments, its exit code. */
import process from 'node:process';
import {exitCode} from './exit.ts';
import {processIo} from './io.ts';
import {main} from './main.ts';

// A reader that goes away (`evpn-tui get … | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode.ok);
    throw error;
  });
}
// Colour libraries decide when they are loaded, which is after this.
if (process.argv.includes('--no-color')) process.env['NO_COLOR'] = '1';
process.exitCode = await main(process.argv.slice(2), processIo());
