/**
 * Reading 64 hosts: the CPU that it takes here, against `clush -f 64` running the same commands. Both talk to a real
 * sshd on loopback under 64 names; the sshd's own CPU is the hosts', and is not counted on either side. On our side
 * `ssh -G` counts, though it is run in processes of its own.
 */
import {execFile} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import type {Section} from '../src/services/session.ts';
import {openSession} from '../src/services/ssh/session.ts';
import {haveSshd, knownHostsFor, specFor, sshConfigFor, startSshd} from '../test/contract/ssh/sshd.ts';
import type {Measured} from './measured.ts';

const hosts = 64;
const laterRounds = 10;
/** A full reading of a host, and about what the answers weigh in bytes (a hypervisor among 64, with some 10 VMs on 5 networks). */
const readings = {identity: 300, version: 400, summary: 1200, neighbors: 5000, vnis: 1500, macs: 12_000, settings: 600, wireguard: 9000, links: 25_000, addresses: 6000, routes: 6000, neighbours: 8000, fdb: 20_000, firewall: 6000};
const ofDaemons = new Set(['version', 'summary', 'neighbors', 'vnis', 'macs', 'settings']);

/** User and system CPU of this process and of the children it has waited for, in seconds (Linux: 100 ticks a second). */
function cpuSeconds(): number {
  const {user, system} = process.cpuUsage();
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / 100;
}

/** CPU that one run of a command takes, its children included, in seconds. Not synchronous: somebody must read sshd's log. */
async function cpuOf(command: readonly string[]): Promise<number> {
  const {stdout} = await promisify(execFile)('bash', ['-c', 'TIMEFORMAT="%3U %3S"; { time "$@" >/dev/null 2>&3; } 3>/dev/null 2>&1', 'time', ...command]);
  const [user, system] = stdout.trim().split(' ').map(Number);
  return (user ?? 0) + (system ?? 0);
}

export async function sshBench(): Promise<readonly Measured[]> {
  const missing = !haveSshd ? 'sshd' : !existsSync('/usr/bin/clush') ? 'clush' : !existsSync('/proc/self/stat') ? 'Linux' : undefined;
  if (missing !== undefined) return [{name: `ssh, ${hosts} hosts: not measured, there is no ${missing} here`, figure: NaN, limit: 1 / 6, ok: false}];
  // MaxStartups: clush connects to all at once, and must not be measured on connections that were dropped
  const sshd = await startSshd({config: ['MaxStartups 300']});
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

    const clushCommand = ['clush', '-n', '-q', '-f', String(hosts), '-o', `-F ${config}`, '-w', `kvm[1-${hosts}]`, sections.map(section => section.script).join('; ')];
    const theirs = await cpuOf(clushCommand);

    const sessions = Array.from({length: hosts}, (_, i) => openSession(
      specFor(sshd, known, {host: `kvm${i + 1}`, port: undefined, identityFiles: [], knownHosts: undefined, strict: undefined}, `kvm${i + 1}`), {sshConfig: config}));
    // As the console reads: what waits for FRR has a shell of its own on the same connection.
    const daemons = sections.filter(({id}) => ofDaemons.has(id));
    const kernel = sections.filter(({id}) => !ofDaemons.has(id));
    const round = async () => {
      const results = (await Promise.all(sessions.flatMap(session => [session.run(kernel), session.run(daemons, undefined, 'daemons')]))).flat();
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
        name: `ssh, ${hosts} hosts, ${name}: ${cpu.toFixed(2)} s CPU and ${(wall / 1000).toFixed(1)} s, clush ${theirs.toFixed(2)} s CPU; ratio`,
        figure: Math.round(cpu / theirs * 1000) / 1000,
        limit: 1 / share,
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
  const results = await sshBench();
  for (const {name, figure, limit, ok} of results) console.log(`${ok ? 'ok  ' : 'FAIL'} ${String(figure).padStart(8)}  limit ${limit.toFixed(3).padStart(6)}  ${name}`);
  process.exitCode = results.every(result => result.ok) ? 0 : 1;
}
