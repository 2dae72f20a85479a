/** What a program of the tests in `ops` is told of the lab: setting.json in a folder of its own, which is its home as well. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Plan} from '../../lab/plan.ts';
import {processIo} from '../../src/cli/io.ts';
import type {Io} from '../../src/cli/io.ts';
import {resolveTarget} from '../../src/config/resolve.ts';
import type {FabricTarget} from '../../src/model/target.ts';
import type {Setting} from './protocol.ts';

export type Told = Setting & {readonly plan: Plan};

export function settingOf(folder: string): {readonly folder: string; readonly setting: Told; readonly io: Io} {
  const setting = JSON.parse(readFileSync(join(folder, 'setting.json'), 'utf8')) as Told;
  const env = {HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, ONE_AUTH: setting.oneAuth};
  return {folder, setting, io: {...processIo(), home: folder, env}};
}

/** As the files say now: a fault may change how the operator logs in. A host that is silent counts as unreachable after `patienceS` seconds. */
export function targetOf(folder: string, setting: Told, io: Io, patienceS = 2): FabricTarget {
  const sshConfig = join(folder, 'ssh_config');
  writeFileSync(sshConfig, `ConnectTimeout ${patienceS}\n${readFileSync(setting.sshConfig, 'utf8')}`);
  return resolveTarget({inventory: setting.inventory, sshConfig, endpoint: setting.endpoint}, io).target;
}
