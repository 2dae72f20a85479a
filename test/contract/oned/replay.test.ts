/** The captured calls, sent to the emulator: its answers have the shape of the captured ones, its refusals their very words. */
import {readdirSync} from 'node:fs';
import {expect, it} from 'vitest';
import {methods} from '../../../src/simulator/oned/methods.ts';
import {startOned} from '../../../src/simulator/oned/server.ts';
import {fixture} from '../../unit/opennebula/fixtures.ts';
import {leftOut, outer, paths, text} from './shape.ts';
import {capturedWorld} from './world.ts';

// No network was captured while a virtual router held a floating address in it.
const vrouterLease = 'VNET/AR_POOL/AR/LEASES/LEASE/VROUTER';

const names = readdirSync(new URL('../../fixtures/opennebula/', import.meta.url)).filter((name) => name.includes('.req.xml')).map((name) => name.replace(/\.req\.xml(\.gz)?$/, ''));

const all = new Map<string, Set<string>>(); // by the kind of object: every path that was ever captured
for (const name of names) {
  for (const path of paths(text(fixture(`${name}.resp`).toString()))) {
    const kind = path.split('/')[0]!;
    if (!all.has(kind)) all.set(kind, new Set());
    all.get(kind)!.add(path);
  }
}

it.each(names)('%s', async (name) => {
  const oned = await startOned(name.endsWith('.empty') ? {...capturedWorld(), hosts: []} : capturedWorld(), {port: 0, host: '127.0.0.1', auth: 'oneadmin:capture-password'});
  try {
    const request = fixture(`${name}.req`).toString();
    const captured = fixture(`${name}.resp`).toString();
    const response = await fetch(oned.url, {method: 'POST', body: request, headers: {'Content-Type': 'text/xml'}});
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/xml; charset=utf-8']);
    const emulated = await response.text();
    expect(outer(emulated)).toBe(outer(captured));
    if (captured.includes('<fault>') || captured.includes('<boolean>0</boolean>')) {
      const squeezed = (body: string): string => body.replace(/\s+/g, ' ');
      expect(squeezed(emulated)).toBe(squeezed(captured));
      return;
    }
    const [was, is] = [paths(text(captured)), paths(text(emulated))];
    const kind = [...was][0]?.split('/')[0];
    expect([...was].filter((path) => !is.has(path) && !leftOut.test(path))).toEqual([]);
    expect([...is].filter((path) => !all.get(kind ?? path)?.has(path) && path !== vrouterLease)).toEqual([]);
  } finally {
    await oned.close();
  }
});

it('keeps to the calls that have been captured or that the console makes', () => {
  for (const method of Object.keys(methods)) expect(method).toMatch(/^one\.\w+\.(info|infoextended|infoset|monitoring|version)$/);
});
