/** `evpn-tui`: the console on a terminal; one snapshot as text where there is none. */
import type {FabricSource} from '../fabric/source.ts';
import {exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import type {Opened} from './run-fabric.ts';
import type {GlobalFlags} from './target.ts';

export async function openConsole(flags: GlobalFlags, io: Io): Promise<ExitCode> {
  return showConsole(io, async () => (await import('./open.ts')).openFabric(flags, io), flags.context ?? flags.inventory);
}

/** `open` is called after the first frame is on the screen: nobody should wait for a blank one. */
export async function showConsole(io: Io, open: () => Promise<Opened>, name: string | undefined): Promise<ExitCode> {
  if (!io.isTTY) {
    const opened = await open();
    try {
      return await (await import('./status.ts')).printStatus(opened, io, 'text');
    } finally {
      await opened.close();
    }
  }
  const [{runConsole}, {resources}] = await Promise.all([import('../screens/run-console.tsx'), import('../rows/catalogue.ts')]);
  let opened: Opened | undefined;
  const source = new Promise<FabricSource>((resolve, reject) => {
    setImmediate(() => {
      open().then((o) => {
        opened = o;
        resolve(o.source);
      }, reject);
    });
  });
  try {
    await runConsole({source, resources, name});
    return exitCode.ok;
  } finally {
    await opened?.close();
  }
}
