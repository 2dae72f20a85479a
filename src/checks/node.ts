/**
 * What can be broken, as names that findings share: a finding `breaks` some and `needs` others, and checks/rests.ts says
 * what each of them rests on. So no check has to know the others. Pairs are unordered unless they say "from".
 */
const pair = (a: string, b: string): string => (a < b ? `${a}|${b}` : `${b}|${a}`);

export const node = {
  /** That the console can log in to the host and run commands there. */
  access: (host: string): string => `access ${host}`,
  /** That one probe on the host gives an answer: "reading kvm2 frr.summary". */
  reading: (host: string, probe: string): string => `reading ${host} ${probe}`,
  /** That the host runs and has a network. */
  host: (host: string): string => `host ${host}`,
  /** Packets of the underlay into the host are let in (UDP of WireGuard, TCP of BGP, VXLAN inside the tunnel). */
  filter: (host: string): string => `filter ${host}`,
  /** The WireGuard interface: exists, up, has its key and address. */
  underlay: (host: string): string => `underlay ${host}`,
  /** That the host sends packets of the size that the underlay should carry. */
  mtu: (host: string): string => `mtu ${host}`,
  /** The tunnel between two hosts, both directions. */
  tunnel: (a: string, b: string): string => `tunnel ${pair(a, b)}`,
  zebra: (host: string): string => `zebra ${host}`,
  bgpd: (host: string): string => `bgpd ${host}`,
  /** That bgpd of a host has a BGP instance, with the addresses of its own: what sessions rest on. */
  bgpConfig: (host: string): string => `bgp-config ${host}`,
  /** What that instance makes of EVPN over its sessions: advertise-all-vni, router-id, reflector clients. */
  evpnConfig: (host: string): string => `evpn-config ${host}`,
  /** The BGP session between two hosts. */
  session: (a: string, b: string): string => `session ${pair(a, b)}`,
  /** That what `from` announces is learned by `to`, through whatever reflects. */
  exchange: (from: string, to: string): string => `exchange ${from}>${to}`,
  /** VXLAN device and bridge of a VNI on a host, with their options. */
  device: (host: string, vni: number): string => `device ${host}/${vni}`,
  /** That the FRR of the host can make use of that device as it is. */
  taken: (host: string, vni: number): string => `taken ${host}/${vni}`,
  /** The VNI as zebra and bgpd of the host have it. */
  vni: (host: string, vni: number): string => `vni ${host}/${vni}`,
  /** That `from` floods to `to` in that VNI. */
  flood: (from: string, to: string, vni: number): string => `flood ${from}>${to}/${vni}`,
  /** That a MAC is in one place, and stays there: what tables of two moments say of one that moves to and fro differs. */
  home: (vni: number, mac: string): string => `home ${vni}/${mac}`,
  /** That a host forwards to a MAC where it is. */
  mac: (host: string, vni: number, mac: string): string => `mac ${host}/${vni}/${mac}`,
  /** Frames of one VNI from one host to another, at any size. */
  carriage: (from: string, to: string, vni: number): string => `carriage ${from}>${to}/${vni}`,
  vm: (id: number): string => `vm ${id}`,
  /** A virtual router by VirtualRouter.id. */
  router: (id: string): string => `router ${id}`,
  /** An SDNAT mapping by NatMapping.id. */
  mapping: (id: string): string => `mapping ${id}`,
  /** OpenNebula's API, answering with what the user may see. */
  cloud: (): string => 'cloud',
  oneHost: (name: string): string => `one-host ${name}`,
  vnet: (id: number): string => `vnet ${id}`,
} as const;
