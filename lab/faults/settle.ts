import type {Lab} from '../lab.ts';
import {vxlanOf} from '../plan.ts';
import type {Plan} from '../plan.ts';
import {poll} from '../run.ts';
import {hypervisors, reflectorFor, underlayOf} from './inside.ts';

const settleLimitMs = 40_000;

interface FdbEntry {
  readonly mac: string;
  readonly dst?: string;
  readonly flags: readonly string[];
}

/** Waits until all sessions stand and every VTEP sends each MAC, and what it floods, to where the plan has it. */
export const settle = async (lab: Lab): Promise<void> => {
  await lab.converge(settleLimitMs);
  let wrong: string[] = [];
  const right = await poll(async () => {
    wrong = await strays(lab);
    return wrong.length === 0 || undefined;
  }, settleLimitMs, 50);
  if (!right) throw new Error(`lab ${lab.name} did not settle in ${settleLimitMs} ms: ${wrong.join('; ')}`);
};

/** Entries of the VTEPs' FDBs that are missing, too many, or lead elsewhere. */
export const strays = async (lab: Lab): Promise<string[]> => {
  const plan = lab.plan();
  const answers = await Promise.all(hypervisors(plan).flatMap(({name: host}) =>
    plan.segments.filter(({vni}) => guests(plan, vni).some(guest => guest.host === host)).map(async ({vni}) => {
      const answer = await lab.exec(host, `bridge -j fdb show dev ${vxlanOf(vni)}`);
      const entries = answer.code === 0 ? JSON.parse(answer.stdout || '[]') as FdbEntry[] : [];
      // The remote entry of a MAC that has become local stays in the kernel: the bridge, which comes first, knows better.
      const own = new Set(guests(plan, vni).filter(guest => guest.host === host).map(guest => guest.mac));
      const found = new Set(entries.filter(entry => entry.dst !== undefined && !own.has(entry.mac)).map(entry => `${entry.mac} to ${entry.dst}`));
      const wanted = destinations(plan, vni, host);
      return [
        ...[...wanted].filter(entry => !found.has(entry)).map(entry => `${host} VNI ${vni} lacks ${entry}`),
        ...[...found].filter(entry => !wanted.has(entry)).map(entry => `${host} VNI ${vni} has ${entry}`),
      ];
    })));
  return answers.flat();
};

const guests = (plan: Plan, vni: number): readonly {readonly mac: string; readonly host: string; readonly vni: number}[] =>
  [...plan.vms, plan.router].filter(guest => guest.vni === vni);

const destinations = (plan: Plan, vni: number, host: string): Set<string> =>
  new Set(guests(plan, vni).filter(guest => guest.host !== host).flatMap(guest => {
    const vtep = underlayOf(plan, guest.host);
    return [`${guest.mac} to ${vtep}`, `00:00:00:00:00:00 to ${vtep}`];
  }));

/**
 * Has a machine's session begin anew at both ends. After the underlay was away, TCP would take its time to try again,
 * and a session that still stands might yet fall by its hold timer.
 */
export const redial = async (lab: Lab, host: string): Promise<void> => {
  const plan = lab.plan();
  await lab.exec(reflectorFor(plan, host).name, `env HOME=/dev/null vtysh -c 'clear bgp ${underlayOf(plan, host)}'`);
  await lab.exec(host, "env HOME=/dev/null vtysh -c 'clear bgp *'");
};
