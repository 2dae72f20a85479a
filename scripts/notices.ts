/** The licences of everything that is bundled, as their texts ask: from esbuild's list of inputs. */
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Metafile} from 'esbuild';

// Unlicense: a dedication to the public domain; tweetnacl has it, which comes with ssh2 (encrypted private keys).
const allowed = /^\(?(MIT|Apache-2\.0|BSD-[23]-Clause|ISC|0BSD|Unlicense)( OR .*)?\)?$/;

export async function notices(metafile: Metafile): Promise<string> {
  const folders = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1]) folders.add(match[1]);
  }
  const parts: string[] = [];
  for (const folder of [...folders].sort()) {
    const pkg = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {name: string; version: string; license?: string | {type: string}; licenses?: {type: string}[]};
    const licence = typeof pkg.license === 'string' ? pkg.license : (pkg.license?.type ?? pkg.licenses?.[0]?.type ?? 'unknown');
    if (!allowed.test(licence)) throw new Error(`${pkg.name}@${pkg.version}: licence ${licence} may not be bundled`);
    const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
    const text = file ? (await readFile(join(folder, file), 'utf8')).trim() : `(${licence}; the package ships no licence file)`;
    parts.push(`${pkg.name} ${pkg.version} (${licence})\n\n${text}\n`);
  }
  return `evpn-tui bundles the packages below.\n\n${parts.join(`\n${'-'.repeat(78)}\n\n`)}`;
}
