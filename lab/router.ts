import type {VirtualRouter} from './plan.ts';

/** The lab's own router is as if it had been instantiated with these. */
const ownContext = {ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0 eth1', ONEAPP_VNF_SDNAT4_REFRESH_RATE: '30'};

/** The context of the appliance, as far as a reader of the machine asks for it. */
export const routerContext = (router: VirtualRouter, publicAddress: string): string => `export ETH0_IP="${publicAddress}"
export ETH1_IP="${router.address}"
${Object.entries(router.instance?.context ?? ownContext).filter(([name, value]) => /^ONEAPP_VNF_\w+$/.test(name) && /^[\w ,.:/!-]*$/.test(value)).map(([name, value]) => `export ${name}="${value}"\n`).join('')}export VROUTER_ID="${router.instance?.vrouter ?? 0}"
`;

/** Without a list of interfaces SDNAT works on none (the appliance's own rule). */
export const translates = ({instance}: VirtualRouter): boolean =>
  instance === undefined || (instance.context['ONEAPP_VNF_SDNAT4_ENABLED'] === 'YES' && instance.context['ONEAPP_VNF_SDNAT4_INTERFACES'] !== undefined);

export const natRules = (router: VirtualRouter): string => [
  '*nat',
  ':SNAT4 - [0:0]',
  ':DNAT4 - [0:0]',
  '-A POSTROUTING -j SNAT4',
  '-A PREROUTING -j DNAT4',
  ...router.mappings.map(m => `-A SNAT4 -s ${m.internal}/32 -j SNAT --to-source ${m.external}`),
  ...router.mappings.map(m => `-A DNAT4 -d ${m.external}/32 -j DNAT --to-destination ${m.internal}`),
  'COMMIT',
].join('\n');

/** Boot lines: forwarding, the failover state of a lone router, and what SDNAT4 writes. */
export const routerBoot = (router: VirtualRouter, publicAddress: string): string => `
echo 1 >/proc/sys/net/ipv4/ip_forward
mkdir -p /run/one-context
cat >/run/one-context/one_env <<'END'
${routerContext(router, publicAddress)}END
printf '{"state":"MASTER"}\\n' >/run/one-failover.state
iptables-restore <<'END'
${natRules(router)}
END
${router.mappings.map(m => `ip address add ${m.external}/32 dev lo label SDNAT4`).join('\n')}
`;
