/**
 * Reading 64 hosts: the CPU that it takes here, against `clush -f 64` running the same commands. Both talk to a real
 * sshd on loopback under 64 names; the sshd's own CPU is the hosts', and is not counted on either side. On our side
 * `ssh -G` counts, though it is run in processes of its own.
 */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Section} from '../src/services/session.ts';
import {openSession} from '../src/services/ssh/session.ts';
import {haveSshd, knownHostsFor, specFor, sshConfigFor, startSshd} from '../test/contract/ssh/sshd.ts';

export interface Measured {
  readonly name: string;
  readonly figure: string;
  readonly limit: string;
  readonly ok: boolean;
}

const hosts = 64;
const laterRounds = 10;
/** A full reading of a host, and about what the answers weigh in bytes (a reflector of some 60 VTEPs, 20 networks). */
const readings = {identity: 300, version: 400, summary: 12_000, neighbors: 90_000, vnis: 4000, macs: 30_000, settings: 1000, wireguard: 9000, links: 40_000, addresses: 8000, routes: 6000, neighbours: 12_000, fdb: 20_000, firewall: 9000};

/** User and system CPU of this process and of the children it has waited for, in seconds (Linux: 100 ticks a second). */
function cpuSeconds(): number {
  const {user, system} = process.cpuUsage();
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / 100;
}

/** CPU that one run of a command takes, its children included, in seconds. */
function cpuOf(command: readonly string[]): number {
  const times = execFileSync('bash', ['-c', 'TIMEFORMAT="%3U %3S"; { time "$@" >/dev/null 2>&3; } 3>/dev/null 2>&1', 'time', ...command], {encoding: 'utf8'});
  const [user, system] = times.trim().split(' ').map(Number);
  return (user ?? 0) + (system ?? 0);
}

export async function sshBench(): Promise<readonly Measured[]> {
  const missing = !haveSshd ? 'sshd' : !existsSync('/usr/bin/clush') ? 'clush' : !existsSync('/proc/self/stat') ? 'Linux' : undefined;
  if (missing !== undefined) return [{name: `ssh, ${hosts} hosts`, figure: `not measured: no ${missing} here`, limit: '', ok: false}];
  // MaxStartups: clush connects to all at once, and must not be measured on connections that were dropped
  const sshd = await startSshd({config: ['MaxStartups 300', 'LogLevel ERROR']});
  try {
    const known = knownHostsFor(sshd, 'known_hosts', Array.from({length: hosts}, (_, i) => `kvm${i + 1}`).join(','));
    const config = sshConfigFor(sshd.folder, [
      ...Array.from({length: hosts}, (_, i) => `Host kvm${i + 1}\nHostKeyAlias kvm${i + 1}`),
      'Host kvm*', 'HostName 127.0.0.1', `Port ${sshd.port}`, `IdentityFile ${sshd.identity}`, `UserKnownHostsFile ${known}`, 'StrictHostKeyChecking yes',
    ]);
    const answers = join(sshd.folder, 'answers');
    mkdirSync(answers);
    const sections = Object.entries(readings).map(([id, size]): Section => {
      writeFileSync(join(answers, id), `${'{"peer": "192.0.2.11", "state": "Established"}\n'.repeat(Math.ceil(size / 46)).slice(0, size - 1)}\n`);
      return {id, script: `cat ${join(answers, id)}`, deadlineS: 10, maxBytes: 1_000_000};
    });

    const clushCommand = ['clush', '-q', '-f', String(hosts), '-o', `-F ${config}`, '-w', `kvm[1-${hosts}]`, sections.map(section => section.script).join('; ')];
    const theirs = cpuOf(clushCommand);

    const sessions = Array.from({length: hosts}, (_, i) => openSession(
      specFor(sshd, known, {host: `kvm${i + 1}`, port: undefined, identityFiles: [], knownHosts: undefined, strict: undefined}, `kvm${i + 1}`), {sshConfig: config}));
    const round = async () => {
      const results = (await Promise.all(sessions.map(session => session.run(sections)))).flat();
      const bad = results.find(result => !result.ok || result.output.stdout.length !== readings[result.id as keyof typeof readings]);
      if (bad) throw new Error(`a reading went wrong: ${JSON.stringify(bad).slice(0, 300)}`);
    };
    try {
      const [start, startedAt] = [cpuSeconds(), performance.now()];
      await round();
      const [first, firstMs] = [cpuSeconds() - start, performance.now() - startedAt];
      const [again, againAt] = [cpuSeconds(), performance.now()];
      for (let i = 0; i < laterRounds; i++) await round();
      const [later, laterMs] = [(cpuSeconds() - again) / laterRounds, (performance.now() - againAt) / laterRounds];
      const against = (name: string, cpu: number, wall: number, share: number): Measured => ({
        name: `ssh, ${hosts} hosts: ${name}`,
        figure: `${cpu.toFixed(2)} s CPU (1/${(theirs / cpu).toFixed(1)}), ${(wall / 1000).toFixed(2)} s`,
        limit: `1/${share} of clush's ${theirs.toFixed(2)} s CPU`,
        ok: cpu <= theirs / share,
      });
      return [against('connect and first read', first, firstMs, 6), against('each later read', later, laterMs, 25)];
    } finally {
      await Promise.all(sessions.map(session => session.close()));
    }
  } finally {
    await sshd.stop();
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const {name, figure, limit, ok} of await sshBench()) console.log(`${ok ? 'ok  ' : 'MISS'} ${name}: ${figure} (limit ${limit})`);
}
