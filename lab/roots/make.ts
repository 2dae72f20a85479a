import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, openSync, closeSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Unavailable, configuredMirror, mustServe} from './mirror.ts';
import {frrIn, releaseOf, rootFor, rootsFolder} from './releases.ts';

const debootstrap = '/usr/sbin/debootstrap';
const packages = [
  'frr', 'frr-pythontools', 'iproute2', 'openssh-server', 'iputils-ping', 'iputils-arping', 'procps', 'wireguard-tools', 'nftables', 'iptables',
];
const atOnce = 2;
/** In namespaces of its own: nothing it mounts or starts is left, and all of it dies with this process, however that ends. */
const contained = [
  'setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--propagation', 'private',
];
const making = '.making-';

/** Runs to its end; the log goes to a file, whose last lines are the error. */
const logged = (argv: readonly string[], log: string): Promise<void> => new Promise((resolve, reject) => {
  const out = openSync(log, 'a');
  const child = spawn(argv[0] as string, argv.slice(1), {
    stdio: ['ignore', out, out],
    // TMPDIR is a folder of this machine: a new root does not have it, and its packages' scripts fail.
    env: {...process.env, TMPDIR: undefined, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C'},
  });
  closeSync(out);
  child.on('error', reject);
  child.on('exit', code => {
    if (code === 0) resolve();
    else reject(new Error(`${argv.join(' ')}: exit ${code}: ${readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8).join('\n')}`));
  });
});

/** debootstrap knows a release by a script; a release newer than itself is made like sid. */
const scriptOf = (suite: string): string[] => existsSync(`/usr/share/debootstrap/scripts/${suite}`) ? [] : ['/usr/share/debootstrap/scripts/sid'];

/**
 * One root. Two stages, since packages must not start services, which the first could not forbid. It appears under its
 * name only when whole.
 */
const make = async (suite: string, mirror: string): Promise<void> => {
  await mustServe(mirror, suite);
  const folder = join(rootsFolder(), `${making}${process.pid}-${suite}`);
  const log = `${folder}.log`;
  mkdirSync(folder, {recursive: true, mode: 0o755});
  try {
    await logged([...contained, debootstrap, '--variant=minbase', '--keyring=/usr/share/keyrings/debian-archive-keyring.gpg', suite, folder, mirror, ...scriptOf(suite)], log);
    writeFileSync(join(folder, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', {mode: 0o755});
    // A mirror that stands still (a snapshot) is as good as any for a lab.
    const inside = `set -e; mount -t proc proc /proc; mount -t tmpfs tmpfs /run
      apt-get update -q -o Acquire::Check-Valid-Until=false
      apt-get install -q -y --no-install-recommends ${packages.join(' ')}; apt-get clean; rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_*`;
    await logged([...contained, 'chroot', folder, '/bin/sh', '-c', inside], log);
    if (frrIn(folder) === undefined) throw new Error(`${suite}: its bgpd does not say its version`);
    try {
      renameSync(folder, join(rootsFolder(), suite));
    } catch (error) {
      if (!existsSync(join(rootsFolder(), suite))) throw error; // else another process was faster
    }
  } finally {
    for (const path of [folder, log]) rmSync(path, {recursive: true, force: true});
  }
};

/** What a process that is no more had begun. */
const removeUnfinished = (): void => {
  for (const entry of existsSync(rootsFolder()) ? readdirSync(rootsFolder()) : []) {
    const pid = new RegExp(`^\\${making}(\\d+)-`).exec(entry)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(rootsFolder(), entry), {recursive: true, force: true});
  }
};

/** Makes the roots that these FRR versions need and that are not there yet (some 40 s each, two at a time). Throws Unavailable, or what failed. */
export const makeRoots = async (versions: readonly string[], say: (line: string) => void = () => undefined): Promise<void> => {
  const missing = [...new Set(versions)].filter(version => {
    const root = rootFor(version);
    return root !== undefined && !existsSync(root);
  }).map(version => releaseOf(version).suite);
  if (missing.length === 0) return;
  if (!existsSync(debootstrap)) throw new Unavailable('debootstrap is not installed (npm run lab -- prepare installs it)');
  const mirror = configuredMirror();
  removeUnfinished();
  const queue = missing.values();
  const worker = async (): Promise<void> => {
    for (const suite of queue) {
      const began = performance.now();
      say(`making a root of Debian ${suite}`);
      await make(suite, mirror);
      say(`Debian ${suite} made in ${((performance.now() - began) / 1000).toFixed(0)} s: FRR ${frrIn(join(rootsFolder(), suite))}`);
    }
  };
  // All settle before an error is told: nothing goes on behind it.
  const outcomes = await Promise.allSettled(Array.from({length: atOnce}, worker));
  const failed = outcomes.find(outcome => outcome.status === 'rejected');
  if (failed) throw failed.reason as Error;
};
