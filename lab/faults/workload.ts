import {guestMtu, vmNamed} from '../plan.ts';
import {both, breaks, breaksNothing, full, sdnat, sentBy, withEnd} from './expectations.ts';
import type {LabFault} from './fault.ts';
import {onTarget, otherThan, until} from './inside.ts';

const wrongGateway = (gateway: string): string => gateway.replace(/\d+$/, '254');

export const workload: readonly LabFault[] = [
  {
    name: 'vm-mtu-1500',
    apply: async stage => void await onTarget(stage, 'ip link set eth0 mtu 1500'),
    undo: async stage => void await onTarget(stage, `ip link set eth0 mtu ${guestMtu}`),
    // Its own long frames are lost without a word; what it is asked for fits, and so does the answer.
    expects: breaks(full(sentBy(stage => stage.target))),
  },
  {
    name: 'vm-wrong-gateway',
    // Within its network nobody notices: of the VMs the one that is reached from outside shows it.
    place: plan => {
      const inside = plan.router.mappings[0]?.internal;
      return plan.vms.find(vm => vm.address === inside)?.name ?? plan.vms[0]?.name ?? '';
    },
    apply: async stage => void await onTarget(stage, `ip route replace default via ${wrongGateway(vmNamed(stage.plan, stage.target).gateway)}`),
    undo: async stage => void await onTarget(stage, `ip route replace default via ${vmNamed(stage.plan, stage.target).gateway}`),
    expects: breaks(both(sdnat, withEnd(stage => stage.target))),
  },
  {
    name: 'vm-elsewhere',
    // Moved behind OpenNebula's back.
    apply: async stage => {
      const {host} = vmNamed(stage.plan, stage.target);
      const other = otherThan(stage.plan, host).name;
      stage.remember(host);
      await stage.lab.migrate(stage.target, other);
    },
    undo: async stage => {
      const home = stage.note;
      if (home === undefined || vmNamed(stage.lab.plan(), stage.target).host === home) return;
      await stage.lab.migrate(stage.target, home);
      await until(stage.lab, home, `${stage.target} is back`, `bridge fdb show dev ${vmNamed(stage.plan, stage.target).tap} | grep -q ${vmNamed(stage.plan, stage.target).mac}`);
    },
    expects: breaksNothing,
  },
];
