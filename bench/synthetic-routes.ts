/** Synthetic EVPN routes, printed byte for byte as FRR 8.4.4 prints them: `show bgp l2vpn evpn route` and its JSON. */

export interface SyntheticRoute {
  readonly rd: string;
  readonly vtep: string;
  readonly vni: number;
  readonly mac: string;
  readonly ip: string;
}

/** `count` type-2 routes with MAC and IP over 50 RDs (25 VTEPs, 2 VNIs), in FRR's order: by RD, then by MAC. */
export function syntheticRoutes(count: number): readonly SyntheticRoute[] {
  const rds = 50;
  const hex = (n: number): string => n.toString(16).padStart(2, '0');
  return Array.from({length: count}, (_, i) => {
    const r = Math.floor((i * rds) / count);
    const vtep = `192.168.0.${2 + (r >> 1)}`;
    const vni = 2 + (r & 1);
    const ip = `10.${r}.${(i >> 8) & 255}.${i & 255}`;
    return {rd: `${vtep}:${vni}`, vtep, vni, ip, mac: `02:00:${hex(r)}:${hex((i >> 16) & 255)}:${hex((i >> 8) & 255)}:${hex(i & 255)}`};
  });
}

const head = `BGP table version is 1, local router ID is 192.168.0.1
Status codes: s suppressed, d damped, h history, * valid, > best, i - internal
Origin codes: i - IGP, e - EGP, ? - incomplete
EVPN type-1 prefix: [1]:[EthTag]:[ESI]:[IPlen]:[VTEP-IP]:[Frag-id]
EVPN type-2 prefix: [2]:[EthTag]:[MAClen]:[MAC]:[IPlen]:[IP]
EVPN type-3 prefix: [3]:[EthTag]:[IPlen]:[OrigIP]
EVPN type-4 prefix: [4]:[ESI]:[IPlen]:[OrigIP]
EVPN type-5 prefix: [5]:[EthTag]:[IPlen]:[IP]

   Network          Next Hop            Metric LocPrf Weight Path
                    Extended Community
`;

export function routesAsText(routes: readonly SyntheticRoute[]): string {
  const out = [head];
  let rd = '';
  for (const route of routes) {
    if (route.rd !== rd) out.push(`Route Distinguisher: ${(rd = route.rd)}\n`);
    out.push(`*>i[2]:[0]:[48]:[${route.mac}]:[32]:[${route.ip}]\n                    ${route.vtep.padEnd(16)}         0    100      0 i\n                    RT:65000:${route.vni} ET:8\n`);
  }
  out.push(`\nDisplayed ${routes.length} prefixes (${routes.length} paths)\n`);
  return out.join('');
}

export function routesAsJson(routes: readonly SyntheticRoute[]): string {
  const out: string[] = ['{'];
  let rd = '';
  for (const route of routes) {
    if (route.rd !== rd) out.push(`${rd === '' ? '' : '},'}"${route.rd}":{"rd":"${(rd = route.rd)}"`);
    const prefix = `[2]:[0]:[48]:[${route.mac}]:[32]:[${route.ip}]`;
    out.push(
      `,"${prefix}":{"prefix":"${prefix}","prefixLen":352,"paths":[[{"valid":true,"bestpath":true,"selectionReason":"First path received","pathFrom":"internal",` +
        `"routeType":2,"ethTag":0,"macLen":48,"mac":"${route.mac}","ipLen":32,"ip":"${route.ip}","metric":0,"locPrf":100,"weight":0,"peerId":"${route.vtep}","path":"","origin":"IGP",` +
        `"extendedCommunity":{"string":"RT:65000:${route.vni} ET:8"},"nexthops":[{"ip":"${route.vtep}","hostname":"kvm1","afi":"ipv4","used":true}]}]]}`,
    );
  }
  out.push(`},"numPrefix":${routes.length},"numPaths":${routes.length}}`);
  return out.join('');
}
