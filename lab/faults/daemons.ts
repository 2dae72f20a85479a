import {must, onTarget, reflectorFor, underlayOf, until} from './inside.ts';
import type {LabFault, Stage} from './fault.ts';
import {breaks, breaksNothing, crossing} from './expectations.ts';
import {redial} from './settle.ts';

const start: Readonly<Record<string, string>> = {
  zebra: '/usr/lib/frr/zebra -d -F traditional -A 127.0.0.1 -s 90000000',
  bgpd: '/usr/lib/frr/bgpd -d -F traditional -A 127.0.0.1',
  staticd: '/usr/lib/frr/staticd -d -F traditional -A 127.0.0.1 -P 2620',
};

const kill = (daemon: string, signal: 'KILL' | 'STOP' | 'CONT'): string => `kill -${signal} $(cat /run/frr/${daemon}.pid)`;
/** A daemon that is gone already is as good as killed. */
const end = (...daemons: readonly string[]): string => `
for d in ${daemons.join(' ')}; do
  p=$(cat /run/frr/$d.pid) || continue
  kill -KILL $p 2>/dev/null || continue
  while kill -0 $p 2>/dev/null; do sleep 0.02; done
done`;
const begin = (...daemons: readonly string[]): string => daemons.map(daemon => `${start[daemon]} </dev/null >/dev/null 2>&1`).join('\n');

/** bgpd with what is in its file, whatever it was told since. */
export const restartBgpd = `${end('bgpd')}\n${begin('bgpd')}`;

/** All of FRR, as the service does when zebra has died: bgpd alone would look for the new zebra only after 10 s. */
const restartAll = `${end('bgpd', 'staticd', 'zebra')}\n${begin('zebra', 'bgpd', 'staticd')}`;

const dead = (...daemons: readonly string[]) => async (stage: Stage): Promise<void> => {
  await onTarget(stage, end(...daemons));
};
const stopped = (daemon: string) => async (stage: Stage): Promise<void> => {
  await onTarget(stage, kill(daemon, 'STOP'));
  await until(stage.lab, stage.target, `${daemon} is stopped`, `grep -q '^State:.T' /proc/$(cat /run/frr/${daemon}.pid)/status`);
};
const restart = (commands: string) => async (stage: Stage): Promise<void> => {
  await onTarget(stage, commands);
};

/** The reflector has dropped the session: with it, all that the machine had announced. */
export const sessionLost = async ({lab, plan, target}: Stage): Promise<void> =>
  until(lab, reflectorFor(plan, target).name, `the session with ${target} is gone`,
    `! env HOME=/dev/null vtysh -c 'show bgp l2vpn evpn summary established json' | grep -q '"${underlayOf(plan, target)}"'`, 20);

export const daemons: readonly LabFault[] = [
  {name: 'bgpd-dead', apply: dead('bgpd'), undo: restart(restartBgpd), noticed: sessionLost, expects: breaks(crossing)},
  {
    name: 'bgpd-hung',
    apply: stopped('bgpd'),
    undo: async stage => {
      await onTarget(stage, kill('bgpd', 'CONT'));
      await redial(stage.lab, stage.target);
    },
    noticed: sessionLost,
    expects: breaks(crossing),
  },
  {
    name: 'bgpd-no-config',
    apply: async stage => {
      await onTarget(stage, `mv /etc/frr/bgpd.conf /etc/frr/bgpd.conf.away\n${restartBgpd}`);
      await until(stage.lab, stage.target, 'bgpd has no instance', "env HOME=/dev/null vtysh -c 'show bgp summary' 2>&1 | grep -q 'BGP instance not found'");
    },
    undo: restart(`[ ! -e /etc/frr/bgpd.conf.away ] || mv /etc/frr/bgpd.conf.away /etc/frr/bgpd.conf\n${restartBgpd}`),
    noticed: sessionLost,
    expects: breaks(crossing),
  },
  {name: 'zebra-dead', apply: dead('zebra'), undo: restart(restartAll), expects: breaksNothing},
  {
    name: 'zebra-hung',
    apply: stopped('zebra'),
    undo: async stage => {
      await must(stage.lab, stage.target, kill('zebra', 'CONT'));
    },
    expects: breaksNothing,
  },
  {name: 'frr-dead', apply: dead('bgpd', 'zebra', 'staticd'), undo: restart(restartAll), noticed: sessionLost, expects: breaks(crossing)},
];
