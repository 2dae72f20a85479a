import {accessSync, constants, existsSync} from 'node:fs';

/** A program that the lab calls, and the Debian package that has it. */
const programs: readonly (readonly [path: string, debianPackage: string])[] = [
  ['/usr/lib/frr/bgpd', 'frr'],
  ['/usr/bin/vtysh', 'frr'],
  ['/usr/bin/wireguard-go', 'wireguard-go'],
  ['/usr/bin/wg', 'wireguard-tools'],
  ['/usr/sbin/sshd', 'openssh-server'],
  ['/usr/bin/ssh', 'openssh-client'],
  ['/usr/sbin/ip', 'iproute2'],
  ['/usr/sbin/iptables-restore', 'iptables'],
  ['/usr/sbin/nft', 'nftables'],
  ['/usr/bin/ping', 'iputils-ping'],
  ['/usr/bin/arping', 'iputils-arping'],
  ['/usr/bin/nsenter', 'util-linux'],
  ['/usr/bin/hostname', 'hostname'],
];

/** What only some topologies, or some tests, need. */
const morePrograms: readonly (readonly [path: string, debianPackage: string])[] = [
  ['/usr/sbin/debootstrap', 'debootstrap'],
  ['/usr/bin/gobgpd', 'gobgpd'],
  ['/usr/bin/busybox', 'busybox'], // its ash is the appliance's shell: the probes are run by it as well
];

const found = (path: string): boolean => existsSync(path) || existsSync(path.replace('/usr/', '/'));

const missingOf = (wanted: typeof programs): string[] =>
  [...new Set(wanted.filter(([path]) => !found(path)).map(([, debianPackage]) => debianPackage))];

export const missingPackages = (): string[] => missingOf(programs);
export const missingMorePackages = (): string[] => missingOf(morePrograms);

/** Why no host can run GoBGP, or undefined. */
export const whyNoGobgp = (): string | undefined =>
  found('/usr/bin/gobgpd') ? undefined : 'missing package: gobgpd (npm run lab -- prepare installs it)';

const tunIsUsable = (): boolean => {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Why a lab cannot be built here, or undefined. */
export const whyNoLab = (): string | undefined => {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'needs root, for network namespaces';
  const missing = missingPackages();
  if (missing.length > 0) return `missing packages: ${missing.join(' ')} (npm run lab -- prepare installs them)`;
  if (!tunIsUsable()) return 'no /dev/net/tun, which wireguard-go needs';
  return undefined;
};
