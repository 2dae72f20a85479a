/** Pure: what is asked for → every name, address and placement of the lab. Nothing here touches the machine. */

export interface LabSpec {
  /** Several labs can stand at once; the name keeps them apart. Small letters and digits, so that `evt-NAME-HOST` reads back unambiguously. */
  readonly name: string;
  /** Hypervisors. */
  readonly hosts: number;
  readonly vnis: readonly number[];
  /** Virtual machines, over all VNIs. */
  readonly vms: number;
  /** Where the route reflectors are: the ingress box (default), or the first two hypervisors, the ingress being a plain member then. */
  readonly reflectors?: 'ingress' | 'hypervisors';
  /** Edge clusters, each with a public network of its own; the hypervisors are dealt out in equal runs. Default 1. */
  readonly clusters?: number;
  /** Hypervisors that run GoBGP, in an AS of its own, in place of FRR. */
  readonly gobgp?: readonly string[];
  /** FRR versions of the hypervisors, in turn; default: the machine's own. */
  readonly frr?: readonly string[];
  /** Bare hosts: sshd, FRR as its package leaves it, and nothing else. No VMs. */
  readonly bare?: boolean;
}

/** `member`: speaks EVPN and carries no VMs. */
export type Role = 'reflector' | 'hypervisor' | 'router' | 'member';

/** A machine that answers SSH. */
export interface Machine {
  readonly name: string;
  readonly role: Role;
  readonly namespace: string;
  readonly publicAddress: string;
  /** On wg0; the virtual router has none. */
  readonly underlayAddress: string | undefined;
  /** A hypervisor can be one beside its role. */
  readonly reflects?: true;
  /** Its edge cluster, and the way out of that cluster's public network; only where there are several. */
  readonly region?: string;
  readonly publicGateway?: string;
  readonly daemon?: 'gobgp';
  /** FRR of another Debian release than the machine's own (or the same, asked for by version). */
  readonly frr?: string;
}

export interface Segment {
  readonly vni: number;
  /** Overlay network, /24. */
  readonly network: string;
  readonly gateway: string;
}

export interface Vm {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly vni: number;
  readonly address: string;
  readonly gateway: string;
  readonly mac: string;
  readonly tap: string;
  /** The hypervisor it runs on now. */
  readonly host: string;
}

export interface VirtualRouter {
  readonly name: string;
  /** The hypervisor whose bridge carries its overlay interface. */
  readonly host: string;
  readonly vni: number;
  readonly address: string;
  readonly mac: string;
  readonly tap: string;
  /** Its first NIC, in the public bridge of that hypervisor. */
  readonly publicMac: string;
  readonly publicTap: string;
  /** It does not run (yet): in a bare lab it comes to be when OpenNebula instantiates a virtual router. */
  readonly absent?: true;
  /** Its VM in OpenNebula, and what that hands to it; undefined: the lab's own router. */
  readonly instance?: {readonly vm: number; readonly vrouter: number; readonly context: Readonly<Record<string, string>>};
  /** SDNAT mappings: a public address for one inside. */
  readonly mappings: readonly {readonly external: string; readonly internal: string}[];
}

export interface Plan {
  readonly spec: LabSpec;
  readonly machines: readonly Machine[];
  readonly segments: readonly Segment[];
  readonly vms: readonly Vm[];
  readonly router: VirtualRouter;
  /** The bridge that stands for the internet. */
  readonly internetNamespace: string;
  /** Where the operator, and so the console, sits. */
  readonly ops: {readonly namespace: string; readonly address: string};
  /** Of the edge clusters, in their order. */
  readonly publicNetworks: readonly PublicNetwork[];
}

export interface PublicNetwork {
  /** Its bridge in the internet's namespace. */
  readonly bridge: string;
  readonly region: string;
  readonly gateway: string;
}

export const asNumber = 65000;
export const wireguardPort = 51820;
export const wireguardMtu = 1420;
export const guestMtu = 1370;
export const vxlanPort = 4789;
const routerPublic = '203.0.113.200';
const maxHosts = 128;
/** One for each edge cluster: the ranges that are kept for documentation. */
const publicRanges = ['203.0.113', '198.51.100', '192.0.2'];
const gobgpAs = 65001;
const maxVmsPerSegment = 240;

/** All namespaces of a lab begin with this. */
export const namespacePrefix = (name: string): string => `evt-${name}-`;

/** As OpenNebula makes it: 02:00 and the IPv4 address in hex. */
export const macOf = (address: string): string =>
  ['02', '00', ...address.split('.').map(part => Number(part).toString(16).padStart(2, '0'))].join(':');

export const bridgeOf = (vni: number | string): string => `onebr.${vni}`;
export const vxlanOf = (vni: number | string): string => `wg0.${vni}`;

/** A low VNI is readable in its network's third octet, as in 172.17.2.0/24; a higher one is numbered by its place. */
const segmentOf = (vni: number, index: number): Segment => {
  const base = vni < 256 ? `172.17.${vni}` : `172.18.${index}`;
  return {vni, network: `${base}.0`, gateway: `${base}.1`};
};

/** Says what is wrong with a spec, or undefined. */
export const specFault = (spec: LabSpec): string | undefined => {
  if (!/^[a-z][a-z0-9]{0,19}$/.test(spec.name)) return `lab name ${JSON.stringify(spec.name)}: a small letter, then small letters and digits, 20 at most`;
  if (!Number.isInteger(spec.hosts) || spec.hosts < 1 || spec.hosts > maxHosts) return `hosts: 1 to ${maxHosts}`;
  if (spec.vnis.length === 0 || spec.vnis.length > 255) return 'vnis: 1 to 255 of them';
  if (spec.vnis.some(vni => !Number.isInteger(vni) || vni < 1 || vni > 16_777_215)) return 'vnis: each from 1 to 16777215';
  if (new Set(spec.vnis).size !== spec.vnis.length) return 'vnis: each only once';
  const most = maxVmsPerSegment * spec.vnis.length;
  if (!Number.isInteger(spec.vms) || spec.vms < 0 || spec.vms > most) return `vms: 0 to ${most}`;
  return topologyFault(spec);
};

const topologyFault = ({hosts, reflectors = 'ingress', clusters = 1, gobgp = [], frr = [], bare, vms}: LabSpec): string | undefined => {
  if (bare && (vms > 0 || gobgp.length > 0 || frr.length > 0)) return 'bare: no VMs, no gobgp, no frr';
  if (reflectors !== 'ingress' && reflectors !== 'hypervisors') return 'reflectors: ingress or hypervisors';
  if (reflectors === 'hypervisors' && hosts < 2) return 'reflectors: two hypervisors are needed';
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > publicRanges.length) return `clusters: 1 to ${publicRanges.length}`;
  if (clusters > hosts) return 'clusters: each needs a hypervisor';
  const names = Array.from({length: hosts}, (_, i) => `kvm${i + 1}`);
  const unknown = gobgp.find(name => !names.includes(name));
  if (unknown !== undefined) return `gobgp: no hypervisor ${unknown}; there are ${names.join(', ')}`;
  if (reflectors === 'hypervisors' && gobgp.some(name => names.indexOf(name) < 2)) return 'gobgp: kvm1 and kvm2 are the reflectors';
  const strange = frr.find(version => !/^\d+(\.\d+)+$/.test(version));
  return strange === undefined ? undefined : `frr: ${JSON.stringify(strange)} is no version`;
};

/** The AS that a machine speaks in. */
export const asOf = (machine: Machine): number => machine.daemon === 'gobgp' ? gobgpAs : asNumber;

export const reflectorsOf = (plan: Plan): Machine[] => plan.machines.filter(m => m.reflects);

/** All that speak EVPN. */
export const speakersOf = (plan: Plan): Machine[] => plan.machines.filter(m => m.underlayAddress !== undefined);

/** The spec must have no fault (see specFault). */
export const planOf = (spec: LabSpec): Plan => {
  const namespace = (host: string): string => namespacePrefix(spec.name) + host;
  const clusters = spec.clusters ?? 1;
  const networks = publicRanges.slice(0, clusters).map((range, i): PublicNetwork => ({
    bridge: i === 0 ? 'internet' : `internet${i + 1}`, region: `edge${i + 1}`, gateway: `${range}.254`,
  }));
  const placeIn = (cluster: number): Partial<Machine> => clusters === 1 ? {} : {publicGateway: networks[cluster]?.gateway as string};
  const onHypervisors = spec.reflectors === 'hypervisors';
  const hypervisors = Array.from({length: spec.hosts}, (_, i): Machine => {
    const cluster = Math.floor(i * clusters / spec.hosts);
    const within = i - Math.ceil(cluster * spec.hosts / clusters);
    const version = spec.frr?.length ? spec.frr[i % spec.frr.length] : undefined;
    return {
      name: `kvm${i + 1}`,
      role: 'hypervisor',
      namespace: namespace(`kvm${i + 1}`),
      publicAddress: `${publicRanges[cluster]}.${11 + within}`,
      underlayAddress: `192.168.0.${2 + i}`,
      ...(onHypervisors && i < 2 ? {reflects: true} : {}),
      ...(clusters > 1 ? {region: `edge${cluster + 1}`} : {}),
      ...placeIn(cluster),
      ...(spec.gobgp?.includes(`kvm${i + 1}`) ? {daemon: 'gobgp'} : version === undefined ? {} : {frr: version}),
    };
  });
  const segments = spec.vnis.map(segmentOf);
  const vms = Array.from({length: spec.vms}, (_, i) => vmOf(i, segments, hypervisors, namespace));
  const first = segments[0] as Segment;
  const inside = vms.find(vm => vm.vni === first.vni);
  return {
    spec,
    machines: [
      {
        name: 'ingress', role: onHypervisors ? 'member' : 'reflector', namespace: namespace('ingress'),
        publicAddress: '203.0.113.1', underlayAddress: '192.168.0.1', ...(onHypervisors ? {} : {reflects: true}), ...placeIn(0),
      },
      ...hypervisors,
      {name: 'vr', role: 'router', namespace: namespace('vr'), publicAddress: routerPublic, underlayAddress: undefined, ...(clusters > 1 ? {region: 'edge1'} : {}), ...placeIn(0)},
    ],
    segments,
    vms,
    router: {
      name: 'vr',
      host: 'kvm1',
      vni: first.vni,
      address: first.gateway,
      mac: macOf(first.gateway),
      tap: 'one-0-1',
      publicMac: macOf(routerPublic),
      publicTap: 'one-0-0',
      mappings: inside ? [{external: '203.0.113.201', internal: inside.address}] : [],
      ...(spec.bare ? {absent: true as const} : {}),
    },
    internetNamespace: namespace('internet'),
    ops: {namespace: namespace('ops'), address: '203.0.113.250'},
    publicNetworks: networks,
  };
};

/** One VM of each VNI to each hypervisor in turn, so that every VNI spans as many hypervisors as it can. */
const vmOf = (i: number, segments: readonly Segment[], hypervisors: readonly Machine[], namespace: (host: string) => string): Vm => {
  const lap = hypervisors.length * segments.length;
  const segment = segments[Math.floor(i / hypervisors.length) % segments.length] as Segment;
  const within = Math.floor(i / lap) * hypervisors.length + (i % hypervisors.length);
  const id = i + 1;
  const address = `${segment.network.slice(0, -2)}.${10 + within}`;
  return {
    id,
    name: `vm${id}`,
    namespace: namespace(`vm${id}`),
    vni: segment.vni,
    address,
    gateway: segment.gateway,
    mac: macOf(address),
    tap: `one-${id}-0`,
    host: (hypervisors[i % hypervisors.length] as Machine).name,
  };
};

/** Those that run: all but a router that does not. */
export const standingOf = (plan: Plan): readonly Machine[] => plan.machines.filter(m => m.role !== 'router' || !plan.router.absent);

export const machineOf = (plan: Plan, name: string): Machine => {
  const machine = plan.machines.find(m => m.name === name);
  if (!machine) throw new Error(`no machine ${name} in this lab; there are ${plan.machines.map(m => m.name).join(', ')}`);
  return machine;
};

export const vmNamed = (plan: Plan, name: string): Vm => {
  const vm = plan.vms.find(v => v.name === name);
  if (!vm) throw new Error(`no VM ${name} in this lab; there are ${plan.vms.map(v => v.name).join(', ')}`);
  return vm;
};
