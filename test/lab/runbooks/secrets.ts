/** The real secrets of a site, and where they turn up. */
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {sh} from '../independent.ts';
import {changeable} from './shape.ts';
import {vtyPassword, type Site} from './site.ts';

/** Name → text that must be nowhere. */
export async function secretsOf({lab}: Site): Promise<ReadonlyMap<string, string>> {
  const keys = await Promise.all(changeable(lab).map(async (host) => [`WireGuard key of ${host}`, (await sh(lab, host, 'wg show wg0 private-key')).trim()] as const));
  // The third line of a key's file is its own; the first ones are alike for all.
  const ssh = readFileSync(lab.files.key, 'utf8').split('\n')[2]!;
  const provision = (await sh(lab, 'ingress', 'cat /var/lib/one/.ssh-oneprovision/id_rsa')).split('\n')[2]!;
  return new Map([...keys, ['password of FRR', vtyPassword], ['password of OpenNebula', readFileSync(lab.cloud()!.oneAuth, 'utf8').trim().split(':')[1]!], ['key of the console', ssh], ['key of oneprovision', provision]]);
}

/** "FILE: NAME" for each file below `folder` that holds one; `files`: how many were searched. */
export function found(folder: string, secrets: ReadonlyMap<string, string>): {readonly files: number; readonly hits: readonly string[]} {
  const files = readdirSync(folder, {recursive: true, encoding: 'utf8'}).map((name) => join(folder, name)).filter((file) => statSync(file).isFile());
  return {files: files.length, hits: files.flatMap((file) => {
    const text = readFileSync(file, 'latin1');
    return [...secrets].flatMap(([name, secret]) => ([secret, Buffer.from(secret).toString('base64')].some((one) => text.includes(one)) ? [`${file}: ${name}`] : []));
  })};
}
