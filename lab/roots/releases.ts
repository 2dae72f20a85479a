import {spawnSync} from 'node:child_process';
import {join, resolve} from 'node:path';

/** A Debian release, for the FRR that it has. */
export interface Release {
  /** As `--frr` names it; what a mirror serves can be a little newer. */
  readonly frr: string;
  readonly suite: string;
}

export const releases: readonly Release[] = [
  {frr: '7.5.1', suite: 'bullseye'},
  {frr: '8.4.4', suite: 'bookworm'},
  {frr: '10.3', suite: 'trixie'},
  {frr: '10.7.1', suite: 'forky'},
];

/** Throws for a version that no release has. */
export const releaseOf = (frr: string): Release => {
  const release = releases.find(r => r.frr === frr);
  if (!release) throw new Error(`no release known with FRR ${frr}; there are ${releases.map(r => r.frr).join(', ')}`);
  return release;
};

/** Where roots are kept: they outlive labs. */
export const rootsFolder = (): string => resolve(process.env['EVPN_TUI_LAB_ROOTS'] ?? join(import.meta.dirname, '..', '..', '.tmp', 'roots'));

/** The version of the FRR below a folder (`/`: the machine's own); undefined when it has none. */
export const frrIn = (root: string): string | undefined => {
  const argv = root === '/' ? ['/usr/lib/frr/bgpd', '--version'] : ['chroot', root, '/usr/lib/frr/bgpd', '--version'];
  const {stdout} = spawnSync(argv[0] as string, argv.slice(1), {encoding: 'utf8'});
  return /version (\d+(?:\.\d+)+)/.exec(stdout ?? '')?.[1];
};

let own: string | undefined;

/** The root of a host with that FRR; undefined stands for the machine's own file system, when it has just that version. */
export const rootFor = (frr: string): string | undefined => {
  own ??= frrIn('/');
  return frr === own ? undefined : join(rootsFolder(), releaseOf(frr).suite);
};
