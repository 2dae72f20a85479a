import {asNumber} from '../plan.ts';
import {between, breaks, crossing, inNetwork} from './expectations.ts';
import {restartBgpd, sessionLost} from './daemons.ts';
import type {LabFault, Stage} from './fault.ts';
import {configure, hypervisors, onTarget, otherThan, reflectorFor, underlayOf, until, vniOn} from './inside.ts';
import {vxlanOf} from '../plan.ts';

const router = `router bgp ${asNumber}`;
const evpn = 'address-family l2vpn evpn';

/** The file still says what is right: a new bgpd is a well configured one. */
const undo = async (stage: Stage): Promise<void> => void await onTarget(stage, restartBgpd);

const configured = (...lines: readonly string[]) => async (stage: Stage): Promise<void> => void await onTarget(stage, configure(...lines));

/** `host` no longer floods to `vtep`: it has learnt nothing of it, or has forgotten. */
const forgotten = (stage: Stage, host: string, vtep: string, vni = vniOn(stage.plan, stage.target)): Promise<void> =>
  until(stage.lab, host, `${host} has forgotten ${vtep}`, `! bridge fdb show dev ${vxlanOf(vni)} | grep -q '^00:00:00:00:00:00 dst ${vtep} '`, 20);
const forgottenByOther = (stage: Stage): Promise<void> => forgotten(stage, otherThan(stage.plan, stage.target).name, underlayOf(stage.plan, stage.target));
const forgottenHere = (stage: Stage): Promise<void> => forgotten(stage, stage.target, underlayOf(stage.plan, otherThan(stage.plan, stage.target).name));

const losesSession = (name: string, ...lines: readonly string[]): LabFault => ({
  name,
  apply: async stage => {
    await configured(router, ...lines)(stage);
    await sessionLost(stage);
  },
  undo,
  noticed: forgottenByOther,
  expects: breaks(crossing),
});

export const bgp: readonly LabFault[] = [
  losesSession('bgp-wrong-as', `neighbor fabric remote-as ${asNumber + 1}`),
  losesSession('bgp-wrong-password', 'neighbor fabric password wrong'),
  losesSession('bgp-af-not-activated', evpn, 'no neighbor fabric activate'),
  {
    name: 'bgp-no-advertise-all-vni',
    apply: async stage => {
      await configured(router, evpn, 'no advertise-all-vni')(stage);
      await forgottenByOther(stage);
    },
    undo,
    expects: breaks(crossing),
  },
  {
    name: 'bgp-rt-mismatch',
    apply: async stage => {
      await configured(router, evpn, `vni ${vniOn(stage.plan, stage.target)}`, `route-target both ${asNumber}:9999`)(stage);
      await Promise.all([forgottenByOther(stage), forgottenHere(stage)]);
    },
    undo,
    expects: breaks(inNetwork(crossing)),
  },
  {
    name: 'bgp-no-reflector-client',
    apply: async stage => {
      await configured(router, evpn, 'no neighbor fabric route-reflector-client')(stage);
      const [first, second] = hypervisors(stage.plan);
      if (!first || !second) throw new Error('this fault needs two hypervisors');
      await forgotten(stage, first.name, underlayOf(stage.plan, second.name), vniOn(stage.plan, first.name));
    },
    undo,
    expects: breaks(between),
  },
  {
    name: 'bgp-duplicate-router-id',
    apply: async stage => {
      await configured(router, `bgp router-id ${underlayOf(stage.plan, otherThan(stage.plan, stage.target).name)}`)(stage);
      await Promise.all([forgottenByOther(stage), forgottenHere(stage)]);
    },
    undo,
    expects: breaks(crossing),
  },
  losesSession('bgp-neighbor-shutdown', 'neighbor fabric shutdown'),
  {
    name: 'bgp-policy-denies',
    apply: async stage => {
      const reflector = underlayOf(stage.plan, reflectorFor(stage.plan, stage.target).name);
      await configured('route-map NOTHING deny 10', router, evpn, 'neighbor fabric route-map NOTHING out')(stage);
      await onTarget(stage, `env HOME=/dev/null vtysh -c 'clear bgp l2vpn evpn ${reflector} soft out'`);
      await forgottenByOther(stage);
    },
    undo,
    expects: breaks(crossing),
  },
];
