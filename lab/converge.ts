import {execInside} from './host.ts';
import {reflectorsOf, speakersOf} from './plan.ts';
import type {Plan} from './plan.ts';
import {poll} from './run.ts';
import type {LabState} from './state.ts';
import {remoteMacs} from './vm.ts';

const defaultLimitMs = 60_000;

/** Waits until the overlay is what the plan says. Asks the real daemons; throws with what is still missing. */
export const converge = async (state: LabState, limitMs = defaultLimitMs): Promise<void> => {
  let missing: string[] = [];
  const done = await poll(async () => {
    missing = (await Promise.all([missingSessions(state), ...placesOf(state.plan).map(place => missingMacs(state, place))])).flat();
    return missing.length === 0 || undefined;
  }, limitMs, 50);
  if (!done) throw new Error(`lab ${state.plan.spec.name} did not converge in ${limitMs} ms: ${missing.join('; ')}`);
};

interface Place {
  readonly host: string;
  readonly vni: number;
}

const guestsOf = (plan: Plan): readonly (Place & {mac: string})[] => [...plan.vms, ...(plan.router.absent ? [] : [plan.router])];

/** Each hypervisor with each VNI that it has guests in. */
const placesOf = (plan: Plan): Place[] => {
  const places = new Map(guestsOf(plan).map(({host, vni}) => [`${host}/${vni}`, {host, vni}]));
  return [...places.values()];
};

const missingMacs = async (state: LabState, {host, vni}: Place): Promise<string[]> => {
  const known = await remoteMacs(state, host, vni);
  return guestsOf(state.plan)
    .filter(guest => guest.vni === vni && guest.host !== host && !known.has(guest.mac))
    .map(guest => `${host} has not learnt ${guest.mac} of VNI ${vni}`);
};

/** Each reflector must have a session with every other machine that speaks EVPN. */
const missingSessions = async (state: LabState): Promise<string[]> => (await Promise.all(reflectorsOf(state.plan).map(async reflector => {
  const answer = await execInside(state, reflector.name, "env HOME=/dev/null vtysh -d bgpd -c 'show bgp l2vpn evpn summary json'");
  if (answer.code !== 0) return [`${reflector.name}: bgpd does not answer`];
  const {peers = {}} = JSON.parse(answer.stdout) as {peers?: Record<string, {state: string}>};
  return speakersOf(state.plan)
    .filter(m => m.name !== reflector.name && peers[m.underlayAddress as string]?.state !== 'Established')
    .map(m => `no session between ${reflector.name} and ${m.name}`);
}))).flat();
