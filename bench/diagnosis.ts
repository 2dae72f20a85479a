/** All checks, and the diagnosis made of them, on a large fabric against ten passes that only visit each object. */
import {catalogue} from '../src/checks/catalogue.ts';
import {createDiagnoser} from '../src/checks/diagnose.ts';
import {runChecks} from '../src/checks/run.ts';
import {largeFabric, now} from './large-fabric.ts';
import type {Measured} from './measured.ts';
import {best, detail, timed, visit} from './visit.ts';

const times = 10;

/** The view is new each time, as it is for each reading of the fabric; the least of several runs counts. The first run is told beside it. */
export async function diagnosisBench(): Promise<readonly Measured[]> {
  const fabric = largeFabric();
  const {objects} = visit(fabric); // links of the fabric are made when first looked at
  const first = timed(() => void runChecks(fabric, now));
  const {pass, checked, diagnosed} = best({
    pass: () => void visit(fabric),
    checked: () => void runChecks(fabric, now),
    diagnosed: () => void createDiagnoser({hold: false})(fabric, now),
  });
  const {results, counts} = runChecks(fabric, now);
  const passes = Object.values(counts).reduce((sum, count) => sum + count.pass, 0);
  for (const {check, says} of results.slice(0, 8)) detail(() => `${check}: ${says}`);
  for (const check of catalogue) detail(() => `${best({check: () => void runChecks(fabric, now, {checks: [check]})}, 5).check.toFixed(1).padStart(9)} ms  ${check.id}`);
  return [
    {name: `ms: visit each of ${objects} objects of 250 hosts, 2,000 VMs, 100,000 MACs by host`, figure: Number(pass.toFixed(1)), limit: Infinity, ok: true},
    {name: `ms: ${catalogue.length} checks, ${passes} passes: ${(checked / pass).toFixed(1)} visits, at most ${times}`, figure: Number(checked.toFixed(1)), limit: pass * times, ok: checked <= pass * times},
    {name: `ms: the same, folded into a diagnosis: ${(diagnosed / pass).toFixed(1)} visits, at most ${times}`, figure: Number(diagnosed.toFixed(1)), limit: pass * times, ok: diagnosed <= pass * times},
    {name: `ms: the first run in a process, nothing compiled yet: ${(first / pass).toFixed(1)} visits`, figure: Number(first.toFixed(1)), limit: Infinity, ok: true},
    {name: 'findings in a healthy fabric, and what is not known of it', figure: results.length, limit: 0, ok: results.length === 0},
  ];
}
