import {control} from '../opennebula/control.ts';
import {natRules} from '../router.ts';
import type {VirtualRouter} from '../plan.ts';
import {breaks, breaksNothing, either, sdnat, withEnd} from './expectations.ts';
import type {LabFault, Stage} from './fault.ts';
import {must, onTarget} from './inside.ts';

type Mapping = VirtualRouter['mappings'][number];

/** A mapping that nobody wants. */
const stale: Mapping = {external: '203.0.113.209', internal: '172.17.2.99'};

const mappingOf = ({plan}: Stage): Mapping => {
  const [mapping] = plan.router.mappings;
  if (!mapping) throw new Error('the virtual router has no mapping: no VM is in its network');
  return mapping;
};

const rulesOf = ({internal, external}: Mapping): readonly string[] => [
  `SNAT4 -s ${internal}/32 -j SNAT --to-source ${external}`,
  `DNAT4 -d ${external}/32 -j DNAT --to-destination ${internal}`,
];
const addRules = (mapping: Mapping): string => rulesOf(mapping)
  .map(rule => `iptables -t nat -C ${rule} 2>/dev/null || iptables -w -t nat -A ${rule}`).join('\n');
const removeRules = (mapping: Mapping): string => rulesOf(mapping).map(rule => `iptables -w -t nat -D ${rule} 2>/dev/null || true`).join('\n');
const addAddress = ({external}: Mapping): string => `ip address replace ${external}/32 dev lo label SDNAT4`;
const removeAddress = ({external}: Mapping): string => `ip address del ${external}/32 dev lo 2>/dev/null || true`;

const does = (command: (stage: Stage) => string) => async (stage: Stage): Promise<void> => void await onTarget(stage, `set -e\n${command(stage)}`);
const forward = (on: boolean): string => `echo ${on ? 1 : 0} >/proc/sys/net/ipv4/ip_forward`;
const failover = (state: 'MASTER' | 'BACKUP'): string => `printf '{"state":"${state}"}\\n' >/run/one-failover.state`;
const router = (stage: Stage): string => stage.plan.router.name;

const plugs = async (stage: Stage, state: 'up' | 'down'): Promise<void> => {
  const {host, tap, publicTap} = stage.plan.router;
  await must(stage.lab, host, `ip link set ${tap} ${state} && ip link set ${publicTap} ${state}`);
};

export const router4: readonly LabFault[] = [
  {name: 'router-down', apply: stage => plugs(stage, 'down'), undo: stage => plugs(stage, 'up'), expects: breaks(either(sdnat, withEnd(router)))},
  {
    name: 'router-backup',
    // What one-failover does then: router4 and sdnat4 are stopped; the jumps to their empty chains stay.
    apply: does(stage => [failover('BACKUP'), forward(false), 'iptables -w -t nat -F SNAT4', 'iptables -w -t nat -F DNAT4', ...stage.plan.router.mappings.map(removeAddress)].join('\n')),
    undo: does(stage => [failover('MASTER'), forward(true), ...stage.plan.router.mappings.flatMap(mapping => [addRules(mapping), addAddress(mapping)])].join('\n')),
    expects: breaks(sdnat),
  },
  {
    name: 'nat-rule-missing',
    apply: does(stage => `${removeRules(mappingOf(stage))}\n${removeAddress(mappingOf(stage))}`),
    undo: does(stage => `${addRules(mappingOf(stage))}\n${addAddress(mappingOf(stage))}`),
    expects: breaks(sdnat),
  },
  {
    name: 'nat-rule-stale',
    apply: does(() => `${addRules(stale)}\n${addAddress(stale)}`),
    undo: does(() => `${removeRules(stale)}\n${removeAddress(stale)}`),
    expects: breaksNothing,
  },
  {
    name: 'nat-address-without-rule',
    apply: does(stage => removeRules(mappingOf(stage))),
    undo: does(stage => addRules(mappingOf(stage))),
    // The router itself answers for the address, and nobody behind it is reached.
    expects: breaks(sdnat),
  },
  {
    name: 'nat-other-backend',
    apply: does(stage => `${emptyNat('iptables')}\niptables-legacy-restore <<'END'\n${natRules(stage.plan.router)}\nEND`),
    undo: does(stage => `${emptyNat('iptables-legacy')}\n${emptyNat('iptables')}\niptables-restore <<'END'\n${natRules(stage.plan.router)}\nEND`),
    expects: breaksNothing,
  },
  {
    name: 'alias-other-region',
    // Only OpenNebula knows of it: a VM of the router's network, in the other region where there is one.
    apply: async ({lab, plan}) => {
      const vm = plan.vms.findLast(({vni}) => vni === plan.router.vni)?.name;
      await control(lab.name, {do: 'break', fault: 'alias-other-region', ...(vm === undefined ? {} : {vm})});
    },
    undo: async ({lab}) => void await control(lab.name, {do: 'mend', fault: 'alias-other-region'}),
    expects: breaksNothing,
  },
  {name: 'router-forwarding-off', apply: does(() => forward(false)), undo: does(() => forward(true)), expects: breaks(sdnat)},
];

const emptyNat = (program: 'iptables' | 'iptables-legacy'): string => `${program} -w -t nat -F\n${program} -w -t nat -X`;
