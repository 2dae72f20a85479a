/** What is told of each way through the embedded fabric under a fault, held against what the fault breaks on the lab, where it is measured by ping. */
import {defaultTarget, labFault, type Stage} from '../../../lab/faults/index.ts';
import type {Lab} from '../../../lab/lab.ts';
import type {Plan} from '../../../lab/plan.ts';
import {waysOf, type WayTruth} from '../../../lab/truth.ts';
import type {Fabric} from '../../../src/model/fabric.ts';
import {findFault} from '../../../src/simulator/faults/catalogue.ts';
import {darkHosts, traceSurprises, tracesOf} from '../../lab/trace-judge.ts';
import type {Names} from './facts.ts';

/** Disagreements of traces with the truth, in words; empty: none. `fault` undefined: with nothing wrong. */
export function waySurprises(fabric: Fabric, now: number, made: Plan, {macs}: Names, fault: string | undefined): readonly string[] {
  const {there, back} = waysOf(made);
  const ways = [...there, ...back];
  const traced = tracesOf(fabric, now, ways, macs);
  if (fault === undefined) return traced.filter(({small, full}) => small !== 'yes' || full !== 'yes').map(({from, to, kind, says}) => `trace ${from} > ${to} ${kind}: ${says}`);
  const [known, expects] = [findFault(fault), labFault(fault)?.expects];
  if (!known || !expects) return []; // one that the lab cannot do
  // A stage of the embedded fabric: there is no machine in it to be asked.
  const stage: Stage = {plan: made, target: defaultTarget(made, known), note: undefined, remember: () => undefined, get lab(): Lab { throw new Error('the embedded fabric is no lab'); }};
  const at = ways.map((way): WayTruth => ({...way, small: expects(way, 'small', stage) !== 'fail', full: expects(way, 'full', stage) !== 'fail'}));
  return traceSurprises(fault, stage, traced, {at: now, ways: at}, darkHosts(fabric)).map((words) => `trace ${words}`);
}
