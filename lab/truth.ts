import type {Lab} from './lab.ts';
import type {Plan} from './plan.ts';
import {guestMtu} from './plan.ts';

/**
 * What can really be reached in the lab at this moment, found out from inside its namespaces by ping: between every two
 * ends of a network (VMs, and the virtual router), in both directions, and from `ops` through each SDNAT mapping.
 * A ping passes when one of several answers within the patience; through SDNAT it must be the VM that answers, and not
 * the router for it. The ends forget neighbours and path MTUs first, so
 * that each way is that of two who have never spoken.
 */
export interface Truth {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ways: readonly WayTruth[];
}

export interface Way {
  readonly kind: 'overlay' | 'sdnat';
  /** VM, the virtual router, or `ops`. */
  readonly from: string;
  /** VM, or the virtual router. */
  readonly to: string;
  /** What is pinged. */
  readonly address: string;
  readonly vni: number;
}

export interface WayTruth extends Way {
  readonly small: boolean;
  /**
   * Frames as long as the sender's MTU, not to be fragmented. Through SDNAT: as long as the overlay carries.
   * This is of the way there alone: the answer is as long, but may be fragmented, and a bridge does so where the kernel
   * has br_netfilter with bridge-nf-call-iptables (without it, a bridge drops what is too long for a port).
   */
  readonly full: boolean;
}

const patienceSeconds = 1;
/** All ends send with 64. What comes through the router has one hop less; what the router says itself has not. */
const forwardedTtl = 63;
/** IPv4 and ICMP headers. */
const pingHeaders = 28;

interface End {
  readonly name: string;
  readonly address: string;
  readonly device: string;
}

const endsOf = (plan: Plan, vni: number): End[] => [
  ...plan.vms.filter(vm => vm.vni === vni).map(vm => ({name: vm.name, address: vm.address, device: 'eth0'})),
  ...(plan.router.vni === vni && !plan.router.absent ? [{name: plan.router.name, address: plan.router.address, device: 'eth1'}] : []),
];

/** Every way there is, those of one direction first. */
export const waysOf = (plan: Plan): {readonly there: Way[]; readonly back: Way[]} => {
  const there: Way[] = [];
  const back: Way[] = [];
  for (const {vni} of plan.segments) {
    const ends = endsOf(plan, vni);
    ends.forEach((from, i) => ends.forEach((to, j) => {
      if (i !== j) (i < j ? there : back).push({kind: 'overlay', from: from.name, to: to.name, address: to.address, vni});
    }));
  }
  for (const mapping of plan.router.mappings) {
    const inside = plan.vms.find(vm => vm.address === mapping.internal);
    if (inside) back.push({kind: 'sdnat', from: 'ops', to: inside.name, address: mapping.external, vni: inside.vni});
  }
  return {there, back};
};

/** Takes some 0.2 s when all is well, and two patiences more when something is not. */
export const recordTruth = async (lab: Lab): Promise<Truth> => {
  const plan = lab.plan();
  const ends = plan.segments.flatMap(({vni}) => endsOf(plan, vni));
  const {there, back} = waysOf(plan);
  const at = Date.now();
  // One direction after the other: who is asked for its address learns the address of who asks.
  const ways: WayTruth[] = [];
  for (const direction of [there, back]) {
    await Promise.all([
      ...ends.map(end => attempt(lab, end.name, `ip neigh flush dev ${end.device}; ${forgetPaths}`)),
      attempt(lab, 'ops', forgetPaths),
    ]);
    const senders = [...new Set(direction.map(way => way.from))];
    const answers = await Promise.all(senders.map(async sender => pings(lab, direction.filter(way => way.from === sender), ends.find(end => end.name === sender)?.device)));
    ways.push(...answers.flat());
  }
  return {at, ways};
};

/** What was heard of a path's MTU would be believed for ten minutes. */
const forgetPaths = 'ip route flush cache';

/** A machine that is dead reaches nobody. */
const attempt = async (lab: Lab, where: string, command: string): Promise<string> => {
  try {
    return (await lab.exec(where, command)).stdout;
  } catch {
    return '';
  }
};

/** `device` is where the sender's MTU is read; without one it is what guests have. */
const pings = async (lab: Lab, ways: readonly Way[], device: string | undefined): Promise<WayTruth[]> => {
  const sender = (ways[0] as Way).from;
  const ping = (way: Way, index: number, size: 'small' | 'full'): string =>
    `ping -n -c 1 -i 0.2 -w ${patienceSeconds} ${size === 'full' ? '-M do -s $payload' : ''} ${way.address} 2>/dev/null | grep -Eq ' ttl=${way.kind === 'sdnat' ? forwardedTtl : '[0-9]+'} ' && echo ${index} ${size} &`;
  const answer = await attempt(lab, sender, `
    mtu=${device ? `$(ip -o link show dev ${device} | sed -n 's/.* mtu \\([0-9]*\\) .*/\\1/p')` : guestMtu}
    payload=$((\${mtu:-${guestMtu}} - ${pingHeaders}))
    ${ways.flatMap((way, index) => [ping(way, index, 'small'), ping(way, index, 'full')]).join('\n')}
    wait`);
  const passed = new Set(answer.split('\n'));
  return ways.map((way, index) => ({...way, small: passed.has(`${index} small`), full: passed.has(`${index} full`)}));
};

const verdict = (way: WayTruth): string => way.small ? (way.full ? 'ok' : 'SMALL ONLY') : way.full ? 'FULL ONLY' : 'LOST';

/** Of those that do not pass, in words; empty when all is well. */
export const brokenWays = (truth: Truth): string[] =>
  truth.ways.filter(way => !way.small || !way.full).map(way => `${way.from} > ${way.to}${way.kind === 'sdnat' ? ` (${way.address})` : ''}: ${verdict(way)}`);

/** A matrix for each network: rows send, columns are reached. */
export const truthMatrix = (plan: Plan, truth: Truth): string => {
  const lines: string[] = [];
  for (const {vni} of plan.segments) {
    const ends = endsOf(plan, vni).map(end => end.name);
    const width = Math.max(10, ...ends.map(end => end.length)) + 2;
    lines.push(`VNI ${vni}`.padEnd(width) + ends.map(end => end.padEnd(width)).join(''));
    for (const from of ends) {
      const cells = ends.map(to => {
        const way = truth.ways.find(candidate => candidate.kind === 'overlay' && candidate.from === from && candidate.to === to);
        return (way ? verdict(way) : '').padEnd(width);
      });
      lines.push((from.padEnd(width) + cells.join('')).trimEnd());
    }
    lines.push('');
  }
  for (const way of truth.ways) if (way.kind === 'sdnat') lines.push(`SDNAT ${way.address} to ${way.to}: ${verdict(way)}`);
  return lines.join('\n').trimEnd();
};
