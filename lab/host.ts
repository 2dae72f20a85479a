import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {copyFileSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {bareBoot, bareMounts} from './bare.ts';
import {bgpdConfig, daemonsFile, frrBoot} from './frr.ts';
import {gobgpAgent, gobgpBoot, gobgpConfig} from './gobgp.ts';
import {livesIn, namespaceFile} from './namespaces.ts';
import {reflectorsOf, speakersOf} from './plan.ts';
import type {Machine, Plan} from './plan.ts';
import {enterRoot, holdRoot} from './roots/enter.ts';
import {rootFor} from './roots/releases.ts';
import {routerBoot} from './router.ts';
import {cleanEnvironment, tryRun} from './run.ts';
import type {Result} from './run.ts';
import {accounts, newSshKey, sshdBoot, sshdConfig, unprivilegedUser} from './sshd.ts';
import {machineFolder, stateFolder} from './state.ts';
import type {LabState} from './state.ts';
import {meshBoot, wireguardBoot, wireguardConfig} from './wireguard.ts';
import type {WireguardKeys} from './wireguard.ts';

/** What a machine shows of its own in place of the real one's; everything else is the real file system. */
const ownPlaces = [
  'etc/frr', 'etc/ssh', 'etc/wireguard', 'etc/hostname', 'etc/hosts', 'etc/machine-id', 'etc/passwd', 'etc/group', 'etc/shadow',
  'root', 'home', 'var/log',
];

/**
 * The mounts of a machine. First a fixed handle on its folder, which may itself lie below /root, /home or /tmp.
 * FRR keys crash logs in /var/tmp by pid, and pids repeat between machines: each needs its own.
 */
const mountBoot = (folder: string, root: string | undefined, bare: boolean): string => `
mount --make-rprivate /
cd /
${root === undefined ? '' : holdRoot(root)}${bare ? bareMounts : ''}mount --bind '${folder}' /mnt
${ownPlaces.map(place => `mount --bind /mnt/${place} /${place}`).join('\n')}
umount /mnt
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p /run/frr /run/sshd
mkdir -m 1777 /run/lock
cd /root
`;

/**
 * The script that is process 1 of the machine. On descriptor 3 it says `wired`, waits for a line that tells it that all
 * others are, and says `ready`. From then on it only reaps what dies.
 */
const bootScript = (plan: Plan, machine: Machine, folder: string, keys: ReadonlyMap<string, WireguardKeys>): string => `#!/bin/sh
set -eu
${mountBoot(folder, rootOf(machine), plan.spec.bare === true)}
hostname ${machine.name}
ip link set lo up
ip address add ${machine.publicAddress}/24 dev eth0
ip link set eth0 up
${machine.publicGateway === undefined ? '' : `ip route add default via ${machine.publicGateway}`}
${machine.role === 'router' ? routerBoot(plan.router, machine.publicAddress) : plan.spec.bare ? '' : wireguardBoot(machine)}
${rootOf(machine) === undefined ? '' : enterRoot(ownPlaces)}
echo wired >&3
read -r go
exec </dev/null
${machine.role === 'router' ? '' : plan.spec.bare ? bareBoot(machine) : meshBoot(machine, speakersOf(plan), keys) + (machine.daemon === 'gobgp' ? gobgpBoot : frrBoot)}
${sshdBoot}
echo ready >&3
exec 3>&-
trap : TERM HUP INT
while :; do
  sleep infinity &
  wait $! || true
done
`;

const rootOf = (machine: Machine): string | undefined => machine.frr === undefined ? undefined : rootFor(machine.frr);

const hostsFile = (plan: Plan, self: Machine): string =>
  ['127.0.0.1 localhost', `127.0.1.1 ${self.name}`, ...plan.machines.filter(m => m.name !== self.name).map(m => `${m.publicAddress} ${m.name}`)].join('\n') + '\n';

/** Writes the machine's own files. Gives its SSH host key (type and key). */
export const writeMachine = async (plan: Plan, machine: Machine, keys: ReadonlyMap<string, WireguardKeys>, authorizedKey: string): Promise<string> => {
  const folder = machineFolder(plan.spec.name, machine.name);
  const put = (path: string, text: string, mode = 0o644): void => writeFileSync(join(folder, path), text, {mode});
  for (const path of ['etc/frr', 'etc/ssh', 'etc/wireguard', 'root/.ssh', `home/${unprivilegedUser}/.ssh`, 'var/log/frr']) {
    mkdirSync(join(folder, path), {recursive: true});
  }
  put('etc/hostname', machine.name + '\n');
  put('etc/hosts', hostsFile(plan, machine));
  put('etc/machine-id', createHash('md5').update(machine.namespace).digest('hex') + '\n');
  const base = rootOf(machine) ?? '/';
  const own = accounts(readFileSync(join(base, 'etc/passwd'), 'utf8'), readFileSync(join(base, 'etc/group'), 'utf8'));
  put('etc/passwd', own.passwd);
  put('etc/group', own.group);
  put('etc/shadow', own.shadow, 0o600);
  put('etc/ssh/sshd_config', sshdConfig);
  put('root/.ssh/authorized_keys', authorizedKey + '\n', 0o600);
  put(`home/${unprivilegedUser}/.ssh/authorized_keys`, authorizedKey + '\n', 0o600);
  if (plan.spec.bare && machine.role !== 'router') {
    for (const file of ['daemons', 'frr.conf', 'vtysh.conf']) copyFileSync(join(base, 'etc/frr', file), join(folder, 'etc/frr', file));
  } else if (machine.role !== 'router') {
    put('etc/wireguard/wg0.conf', wireguardConfig(machine, speakersOf(plan), keys), 0o600);
    copyFileSync(join(base, 'etc/frr/vtysh.conf'), join(folder, 'etc/frr/vtysh.conf'));
    if (machine.daemon === 'gobgp') {
      put('etc/frr/gobgpd.toml', gobgpConfig(machine, reflectorsOf(plan)));
      put('etc/frr/gobgp-agent.sh', gobgpAgent(machine, plan));
    } else {
      put('etc/frr/bgpd.conf', bgpdConfig(machine, reflectorsOf(plan), plan.machines.filter(m => m.daemon === 'gobgp')));
      put('etc/frr/daemons', daemonsFile);
    }
  }
  writeBoot(plan, machine, keys);
  return newSshKey(join(folder, 'etc/ssh/ssh_host_ed25519_key'));
};

/** The script alone: for a machine that is started anew, with other addresses. */
export const writeBoot = (plan: Plan, machine: Machine, keys: ReadonlyMap<string, WireguardKeys> = new Map()): void => {
  const folder = machineFolder(plan.spec.name, machine.name);
  writeFileSync(join(folder, 'boot.sh'), bootScript(plan, machine, folder, keys), {mode: 0o755});
};

const firstChild = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);

/** A machine on its way up. */
export interface Booting {
  /** Its underlay listens. */
  readonly wired: Promise<void>;
  /** Tells it that all are wired; comes back when its boot script is through, with its process 1 as seen from outside. */
  finish(): Promise<number>;
}

export const startMachine = (plan: Plan, machine: Machine): Booting => {
  const folder = machineFolder(plan.spec.name, machine.name);
  const logFile = join(folder, 'boot.log');
  const log = openSync(logFile, 'w');
  const child = spawn('ip', [
    'netns', 'exec', machine.namespace,
    'unshare', '--mount', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child=KILL', '--propagation', 'private',
    '/bin/sh', join(folder, 'boot.sh'),
  ], {detached: true, env: cleanEnvironment(), stdio: ['pipe', log, log, 'pipe']});
  closeSync(log);
  child.unref();
  const failed = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`${machine.name} did not start: ${readFileSync(logFile, 'utf8').trim().slice(-2000)}`)));
  });
  // It is raced below; after that, the end of a machine is nobody's surprise here.
  failed.catch(() => undefined);
  const lines = createInterface({input: child.stdio[3] as Readable});
  const says = (word: string): Promise<void> => new Promise(resolve => {
    lines.on('line', line => {
      if (line === word) resolve();
    });
  });
  const ready = says('ready');
  return {
    wired: Promise.race([says('wired'), failed]),
    finish: async () => {
      child.stdin?.end('go\n');
      await Promise.race([ready, failed]);
      lines.close();
      (child.stdio[3] as Readable).destroy();
      return firstChild(child.pid as number);
    },
  };
};

/** What to put before a command so that it runs inside: a machine with all its namespaces, or a bare network namespace (a VM, ops). */
export const insidePrefix = (state: LabState, name: string): string[] => {
  const machine = state.plan.machines.find(m => m.name === name);
  if (!machine) {
    const net = netPrefix(state, name);
    return name === 'ops' ? [...net, ...ownLocks(state)] : net;
  }
  const init = state.inits[name];
  if (init === undefined || !livesIn(init, machine.namespace)) throw new Error(`${name} is not running`);
  return ['nsenter', '-t', String(init), '-m', '-u', '-n', '-p', '-r', '-w', '--'];
};

/** Just the network of a VM or of ops. */
export const netPrefix = (state: LabState, name: string): string[] => ['nsenter', `--net=${namespaceFile(bareNamespace(state.plan, name))}`, '--'];

/**
 * Locks on a fabric go by its reflector's address, which all labs have in common: in ops, /run/lock is the lab's own, as it
 * would be on an ingress box.
 */
const ownLocks = (state: LabState): string[] => {
  const folder = join(stateFolder(state.plan.spec.name), 'lock');
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', `mkdir -p '${folder}' && chmod 1777 '${folder}' && mount --bind '${folder}' /run/lock && exec "$@"`, 'ops'];
};

const bareNamespace = (plan: Plan, name: string): string => {
  if (name === 'ops') return plan.ops.namespace;
  const vm = plan.vms.find(v => v.name === name);
  if (!vm) throw new Error(`no ${name} in this lab; there are ops, ${[...plan.machines, ...plan.vms].map(m => m.name).join(', ')}`);
  return vm.namespace;
};

/** Runs a shell command inside, without SSH. Throws only when there is no such machine or it is not running. */
export const execInside = (state: LabState, name: string, command: string, input = ''): Promise<Result> =>
  tryRun([...insidePrefix(state, name), 'sh', '-c', command], input);

/** The same for a command that must succeed. */
export const mustInside = async (state: LabState, name: string, command: string): Promise<string> => {
  const result = await execInside(state, name, command);
  if (result.code !== 0) throw new Error(`${name}: exit ${result.code}: ${result.stderr.trim()}\n${command.trim()}`);
  return result.stdout;
};
