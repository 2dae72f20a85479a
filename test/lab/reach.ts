/** What can really talk to what, found out from inside the VMs. */
import type {Lab} from '../../lab/lab.ts';
import {guestMtu} from '../../lab/plan.ts';

const headers = 28; // IPv4 and ICMP

/** Every ordered pair of VMs of one network between which no full-sized frame passes, as "FROM > TO"; and how many pairs were tried. */
export async function broken(lab: Lab): Promise<{readonly tried: number; readonly broken: readonly string[]}> {
  const {vms} = lab.plan();
  const pairs = vms.flatMap((from) => vms.filter((to) => to.vni === from.vni && to.name !== from.name).map((to) => ({from, to})));
  const answers = await Promise.all(pairs.map(async ({from, to}) => {
    const {code} = await lab.exec(from.name, `ping -q -n -M do -s ${guestMtu - headers} -c 4 -i 0.2 -W 3 ${to.address}`);
    return code === 0 ? [] : [`${from.name} > ${to.name}`];
  }));
  return {tried: pairs.length, broken: answers.flat()};
}

/** Awaits what a daemon brings about in its own time. */
export async function until(what: string, ready: () => Promise<boolean>, limitMs = 20_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!await ready()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `evpn-tui get RESOURCE -o json` from where the operator sits, from the sources. */
export async function consoleGet<T>(lab: Lab, resource: string): Promise<{readonly sources: readonly {readonly name: string; readonly phase: string; readonly problem: unknown}[]; readonly items: readonly T[]}> {
  const entry = new URL('../../src/cli/entry.ts', import.meta.url).pathname;
  const home = '/nonexistent'; // no context, no history, nothing of the operator's
  const {code, stdout, stderr} = await lab.exec('ops', `env HOME=${home} XDG_CONFIG_HOME=${home} XDG_CACHE_HOME=${home} '${process.execPath}' '${entry}' --timeout 90 get ${resource} -o json --inventory '${lab.files.inventory}' --ssh-config '${lab.files.sshConfig}'`);
  if (code !== 0) throw new Error(`get ${resource}: exit ${code}: ${stderr}`);
  return JSON.parse(stdout) as Awaited<ReturnType<typeof consoleGet<T>>>;
}
