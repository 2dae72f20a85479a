/** Traces on a large fabric: 2,000 ways between VMs against ten passes that only visit each object. */
import {View} from '../src/checks/view.ts';
import {trace} from '../src/trace/trace.ts';
import {largeFabric, now, perVni, vnis} from './large-fabric.ts';
import type {Measured} from './measured.ts';
import {best, timed, visit} from './visit.ts';

const traces = 2000;
const times = 10;

/** The view is new each time, as it is for each reading of the fabric; the least of several runs counts. */
export async function traceBench(): Promise<readonly Measured[]> {
  const fabric = largeFabric();
  const {objects} = visit(fabric); // links of the fabric are made when first looked at
  let reached = 0;
  const traceAll = (): void => {
    const view = new View(fabric, now);
    reached = 0;
    for (let n = 0; n < traces; n++) {
      const from = (n * 7) % (vnis * perVni);
      const to = Math.floor(from / perVni) * perVni + ((from + 1 + (n % (perVni - 1))) % perVni);
      const result = trace(view, `vm${from}`, `vm${to}`);
      if (result.ok && result.trace.reaches === 'yes') reached++;
    }
  };
  const first = timed(traceAll);
  const {pass, traced} = best({pass: () => void visit(fabric), traced: traceAll});
  return [
    {name: `ms: visit each of ${objects} objects of 250 hosts, 2,000 VMs, 100,000 MACs by host`, figure: Number(pass.toFixed(1)), limit: Infinity, ok: true},
    {name: `ms: ${traces} traces: ${(traced / pass).toFixed(1)} visits, at most ${times}`, figure: Number(traced.toFixed(1)), limit: pass * times, ok: traced <= pass * times},
    {name: `ms: the first run in a process, every reading new: ${(first / pass).toFixed(1)} visits`, figure: Number(first.toFixed(1)), limit: Infinity, ok: true},
    {name: 'traces that reach', figure: reached, limit: traces, ok: reached === traces},
  ];
}
