/** A gate on the embedded fabric, reached over its real SSH servers and XML-RPC: in the test's process or in a child's. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {actions} from '../../../src/actions/catalogue.ts';
import {createExecutor} from '../../../src/actions/execute.ts';
import {createGate, type Gate} from '../../../src/actions/gate.ts';
import {openTarget, type Opened} from '../../../src/cli/run-fabric.ts';
import {settle} from '../../../src/cli/settle.ts';
import {openJournal, type Journal} from '../../../src/journal/journal.ts';
import type {FabricTarget} from '../../../src/model/target.ts';
import type {Simulator} from '../../../src/simulator/index.ts';
import {several} from './several.ts';

export interface TestGate {
  readonly gate: Gate;
  readonly journal: Journal;
  readonly opened: Opened;
}

/** Only the hosts named: less to read for each trial. */
export const targetOf = (simulator: Simulator, names: readonly string[]): FabricTarget => ({
  name: 'test', sshConfig: '/dev/null', asn: undefined, refreshMs: {fast: 1000, medium: 2000, slow: 60_000},
  hosts: simulator.hosts.filter(({name}) => names.includes(name)).map((host) => ({
    name: host.name, roles: host.roles, underlay: 'wg0', underlayAddress: host.underlayAddress, region: host.region, origin: 'test',
    ssh: {host: host.address, port: host.port, user: host.user, identityFiles: [simulator.identity], jumps: [], knownHosts: [simulator.knownHosts], strict: 'yes', extra: {identitiesonly: 'yes', identityagent: 'none'}},
  })),
  cloud: {endpoint: simulator.endpoint, endpointOrigin: 'test', credentialsOrigin: 'test', session: readFileSync(simulator.oneAuth, 'utf8').trim(), tunnel: undefined, timeoutMs: 10_000},
});

const io = {stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: {}, home: '/nonexistent', cwd: '/', isTTY: false};

export async function openTestGate(target: FabricTarget, folder: string, more: {readonly boundary?: (name: string) => void; readonly readOnly?: string; readonly user?: string} = {}): Promise<TestGate> {
  const opened = openTarget(target, io);
  await settle(opened.source, opened);
  const journal = openJournal({folder: join(folder, 'journal'), context: 'test'});
  const gate = createGate({
    source: opened.source, executor: createExecutor(opened.reach), journal, actions: [...actions, several], context: 'test', readOnly: more.readOnly,
    lock: {folder: join(folder, 'lock'), fabric: [target.cloud!.endpoint]}, who: {user: more.user ?? 'tester', uid: 1000, host: 'here', pid: process.pid, tty: undefined, by: 'command line'},
    ...(more.boundary && {boundary: more.boundary}),
  });
  return {gate, journal, opened};
}
